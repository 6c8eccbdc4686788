import test from 'ava';
import type { PodEventsMessage } from '../../../../src/agent/actors/link/pod-events.ts';
import { probes } from '../../../../src/agent/actors/probes/probes.ts';
import type {
  HealthReport,
  ProbedContainer,
  ProbesMessage,
  WatchPod,
} from '../../../../src/agent/actors/probes/probes-messages.ts';
import type { CheckResult } from '../../../../src/agent/ports/checks.ts';
import { CriError } from '../../../../src/agent/ports/cri.ts';
import { FakeClock } from '../../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../../src/common/actor/system.ts';
import type { Ref } from '../../../../src/common/actor/types.ts';
import type { Container } from '../../../../src/common/model/container.ts';
import type { Pod } from '../../../../src/common/model/pod.ts';
import type { Probe } from '../../../../src/common/model/probe.ts';
import { FakeChecks } from '../../../support/fake-checks.ts';
import { FakeCri } from '../../../support/fake-cri.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const SECOND = 1000;
const ok: CheckResult = { outcome: 'success', output: '' };
const bad: CheckResult = { outcome: 'failure', output: 'HTTP probe failed with statuscode: 500' };
const aProbe = (change: Partial<Probe> = {}): Probe => ({
  ...(change.exec ? {} : { httpGet: { path: '/', port: 80, scheme: 'HTTP' as const } }),
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  ...change,
});

/** The actor alone, and what it says. */
async function rig() {
  const clock = new FakeClock();
  const checks = new FakeChecks(clock);
  const cri = new FakeCri(() => clock.wall());
  const heard: (HealthReport & { readonly at: number })[] = [];
  const events: string[] = [];
  const begun = clock.now();
  const listener = {
    deaf: false,
    tell(message: HealthReport): boolean {
      if (!listener.deaf) heard.push({ ...message, at: clock.now() - begun });
      return !listener.deaf;
    },
  };
  const system = createSystem({ clock, log: silentLogger, random: () => 0.5 });
  const told: Pick<Ref<PodEventsMessage>, 'tell'> = {
    tell(message) {
      if (message.type === 'event') events.push(`${message.reason}: ${message.message}`);
      return true;
    },
  };
  const ref: Pick<Ref<ProbesMessage>, 'tell'> = system.spawn(
    'probes',
    probes({ cri, checks, events: told, random: () => 0.5 }),
  );
  await clock.settle();
  const say = async (message: ProbesMessage) => {
    ref.tell(message);
    await clock.settle();
  };
  const watch = (
    container: Partial<Container>,
    {
      id = 'c1',
      pod = {},
      ...change
    }: Partial<Omit<WatchPod, 'pod'>> & { id?: string; pod?: Partial<Pod['metadata']> } = {},
  ) => {
    const spec = aPod('web', { spec: { containers: [aContainer('app', container)] }, metadata: pod });
    const seen: ProbedContainer = { name: 'app', id, startedAtNow: begun };
    const name = { namespace: 'default', name: 'web', uid: 'uid-web' };
    return say({
      ...{ type: 'watch', pod: name, spec, containers: [seen], podIps: ['10.85.0.2'], before: {}, listener },
      ...change,
    });
  };
  const last = () => heard.at(-1)?.health;
  return { clock, checks, cri, heard, events, listener, say, watch, last };
}

test('a container becomes ready with its first success, and is not after three failures, each said as an Event', async (t) => {
  const { clock, checks, heard, events, watch } = await rig();
  await watch({ readinessProbe: aProbe() });
  t.deepEqual(
    heard.map(({ at, health }) => [at, health.ready]),
    [
      [0, false],
      [0, true],
    ],
  );
  checks.answers = () => bad;
  await clock.advance(40 * SECOND);
  t.deepEqual(
    heard.slice(2).map(({ at, health }) => [at, health.ready]),
    [[30 * SECOND, false]],
  );
  t.deepEqual(new Set(events), new Set(['Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500']));
  checks.answers = () => ok;
  await clock.advance(10 * SECOND);
  t.true(heard.at(-1)?.health.ready);
  t.is(heard.length, 4, 'told on transitions only');
});

test('a startup probe suspends the others, and the container fails when it has not succeeded in time', async (t) => {
  const { clock, checks, last, watch, heard } = await rig();
  const container = {
    startupProbe: aProbe({ periodSeconds: 1, failureThreshold: 5 }),
    readinessProbe: aProbe({ httpGet: { path: '/ready', port: 80, scheme: 'HTTP' } }),
  };
  checks.answers = () => bad;
  await watch(container);
  await clock.advance(3 * SECOND);
  t.true(checks.asked.every(({ check }) => 'path' in check && check.path === '/'));
  checks.answers = () => ok;
  await clock.advance(1 * SECOND);
  t.like(last(), { started: true, ready: true });
  t.is(heard.at(-1)?.at, 4 * SECOND, 'ready at once, not a period later');

  checks.answers = () => bad;
  await watch(container, { id: 'c2' });
  t.like(last(), { id: 'c2', started: false, ready: false });
  await clock.advance(10 * SECOND);
  t.like(last(), { id: 'c2', failed: { probe: 'startup' } });
  const asked = checks.asked.length;
  await clock.advance(60 * SECOND);
  t.is(checks.asked.length, asked, 'what has failed is probed no more');
});

test('liveness and startup end with the wish to delete the pod, readiness goes on, and nothing once it is forgotten', async (t) => {
  const { clock, checks, last, watch, say } = await rig();
  const container = { livenessProbe: aProbe({ periodSeconds: 1 }), readinessProbe: aProbe({ periodSeconds: 5 }) };
  await watch(container);
  checks.answers = () => bad;
  checks.asked.length = 0;
  await watch(container, { pod: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
  await clock.advance(15 * SECOND);
  t.is(checks.asked.length, 3);
  t.like(last(), { ready: false });
  t.is(last()?.failed, undefined);
  await say({ type: 'forget', uid: 'uid-web' });
  await clock.advance(60 * SECOND);
  t.is(checks.asked.length, 3);
});

test('a result that comes after the container has ended, or been replaced, is nobody’s', async (t) => {
  const { clock, checks, heard, watch, events } = await rig();
  let answer = (_: CheckResult) => {};
  checks.answers = () => new Promise((resolve) => (answer = resolve));
  const container = { livenessProbe: aProbe({ failureThreshold: 1 }) };
  await watch(container);
  const first = answer;
  await watch(container, { id: 'c2' });
  first(bad);
  await clock.settle();
  t.deepEqual(
    heard.map(({ health }) => health.failed),
    [undefined, undefined],
  );
  t.deepEqual(events, []);
  answer(bad);
  await clock.settle();
  t.like(heard.at(-1), { health: { id: 'c2', failed: { probe: 'liveness' } } });
});

test('a slow probe never overlaps itself, and is not made up for', async (t) => {
  const { clock, checks, watch } = await rig();
  checks.answers = () => new Promise((resolve) => clock.timer(25 * SECOND, () => resolve(ok)));
  await watch({ livenessProbe: aProbe({ timeoutSeconds: 60 }) });
  await clock.advance(100 * SECOND);
  t.is(checks.most, 1);
  t.is(checks.asked.length, 5, 'one after the other: at 0, 25, 50, 75, 100 s');
});

test('a listener that had no room is told with the next result', async (t) => {
  const { clock, listener, last, watch } = await rig();
  listener.deaf = true;
  await watch({ readinessProbe: aProbe() });
  listener.deaf = false;
  await clock.advance(10 * SECOND);
  t.like(last(), { ready: true });
});

test('who watches anew is told anew, and nothing begins anew', async (t) => {
  const { clock, checks, heard, watch } = await rig();
  const container = { readinessProbe: aProbe() };
  await watch(container);
  await clock.advance(5 * SECOND);
  const told = heard.length;
  await watch(container);
  t.deepEqual(
    heard.slice(told).map(({ health }) => health),
    [{ id: 'c1', started: true, ready: true }],
  );
  await clock.advance(5 * SECOND);
  t.is(checks.asked.length, 2);
});

test('what was ready before the agent restarted stays so, and its first probe comes within a period', async (t) => {
  const { clock, checks, heard, watch } = await rig();
  await watch({ readinessProbe: aProbe() }, { before: { app: { id: 'c1', started: true, ready: true } } });
  t.deepEqual(
    heard.map(({ health }) => health.ready),
    [true],
  );
  await clock.advance(4 * SECOND);
  t.is(checks.asked.length, 0);
  await clock.advance(1 * SECOND);
  t.is(checks.asked.length, 1);
  await clock.advance(60 * SECOND);
  t.is(heard.length, 1);
});

test('commands run in the container, few at a time; a command that can not be run says nothing of the container', async (t) => {
  const { clock, cri, heard, events, listener, say } = await rig();
  cri.addImage('registry.test/app:1');
  let running = 0;
  let most = 0;
  const ran: string[] = [];
  cri.failing = (method, id) => {
    if (method === 'execSync') ran.push(id);
    return method === 'execSync' ? new CriError('failed', 'no shim') : undefined;
  };
  const exec = { command: ['check'] };
  const watch = (name: string): ProbesMessage => ({
    type: 'watch',
    pod: { namespace: 'default', name, uid: name },
    spec: aPod(name, {
      spec: { containers: [aContainer('app', { livenessProbe: aProbe({ exec, failureThreshold: 1 }) })] },
    }),
    ...{ containers: [{ name: 'app', id: name, startedAtNow: clock.now() }], podIps: [], before: {}, listener },
  });
  await say(watch('one'));
  t.deepEqual(events, ['Unhealthy: Liveness probe errored and resulted in unknown state: no shim']);
  t.is(heard.at(-1)?.health.failed, undefined);

  cri.failing = () => undefined;
  cri.execSync = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => clock.timer(100, resolve));
    running -= 1;
    return { exitCode: 1, stdout: 'out', stderr: 'err' };
  };
  for (let index = 0; index < 40; index += 1) await say(watch(`pod-${index}`));
  await clock.advance(2 * SECOND);
  t.is(most, 8);
  t.is(heard.filter(({ health }) => health.failed?.probe === 'liveness').length, 40);
  t.true(events.includes('Unhealthy: Liveness probe failed: outerr'));
});

test('thousands of probes wait on one timer, and few are under way at a time', async (t) => {
  const { clock, checks, listener, say } = await rig();
  const many = 2_000;
  const begun = clock.now();
  for (let index = 0; index < many; index += 1) {
    const name = `pod-${index}`;
    await say({
      ...{ type: 'watch', pod: { namespace: 'default', name, uid: name }, podIps: ['10.85.0.2'], before: {}, listener },
      spec: aPod(name, {
        spec: { containers: [aContainer('app', { livenessProbe: aProbe({ initialDelaySeconds: 5 }) })] },
      }),
      containers: [{ name: 'app', id: name, startedAtNow: begun }],
    });
  }
  t.is(clock.pending, 1);
  await clock.advance(15 * SECOND);
  t.is(checks.asked.length, 2 * many);
  t.is(checks.most, 64);
  t.is(clock.pending, 1);
});

test('a command that takes too long has failed', async (t) => {
  const { cri, events, heard, watch } = await rig();
  cri.failing = () => new CriError('timeout', 'deadline exceeded');
  await watch({ livenessProbe: aProbe({ exec: { command: ['sleep', '9'] }, failureThreshold: 1 }) });
  t.deepEqual(events, ['Unhealthy: Liveness probe failed: command "sleep 9" timed out']);
  t.like(heard.at(-1), { health: { failed: { probe: 'liveness' } } });
});

test('a probe that fails and fails is said now and then', async (t) => {
  const { clock, checks, events, watch } = await rig();
  checks.answers = () => bad;
  await watch({ readinessProbe: aProbe({ periodSeconds: 1 }) });
  await clock.advance(600 * SECOND);
  t.true(events.length >= 15 && events.length <= 21, `${events.length} Events in ten minutes`);
});
