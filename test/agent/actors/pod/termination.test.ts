import test from 'ava';
import type { Host } from '../../../../src/agent/ports/host.ts';
import type { Container } from '../../../../src/common/model/container.ts';
import type { PodStatus } from '../../../../src/common/model/pod-status.ts';
import { createDevice } from '../../../support/device.ts';
import { fakeHost } from '../../../support/fake-host.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const exec = { exec: { command: ['bye'] } };
const deleted = (graceSeconds: number) => ({
  metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: graceSeconds },
});
const readyOf = (status: PodStatus | undefined) => status?.conditions?.find(({ type }) => type === 'Ready')?.status;

/** A device on which a pod of these containers runs and is ready. */
async function running(
  containers: readonly Container[],
  initContainers: readonly Container[] = [],
  host: Host = fakeHost,
) {
  const device = createDevice();
  const spec = { containers: [...containers], initContainers: [...initContainers] };
  const agent = await device.boot({ host });
  const { master, clock, cri } = device;
  master.want(aPod('web', { spec }));
  await agent.poke();
  await clock.advance(2000);
  const begun = clock.now();
  return {
    ...device,
    agent,
    spec,
    /** Milliseconds since the pod was ready. */
    at: () => clock.now() - begun,
    live: () =>
      cri
        .running()
        .map(({ name }) => name)
        .sort(),
    remove: async (graceSeconds: number) => {
      master.want(aPod('web', { spec, ...deleted(graceSeconds) }));
      await agent.poke();
    },
  };
}

test('a pod that is deleted is not ready before anything of it is stopped, its hook included', async (t) => {
  const { master, cri, clock, remove, agent } = await running([aContainer('app', { lifecycle: { preStop: exec } })]);
  const seen: unknown[] = [];
  cri.execs = async () => {
    await cri.pause(1);
    seen.push(readyOf(master.status('web')), cri.stops.length);
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  t.is(readyOf(master.status('web')), 'True');
  await remove(30);
  await clock.advance(1);
  t.deepEqual(seen, ['False', 0]);
  t.deepEqual(cri.stops, [{ name: 'app', graceSeconds: 30 }]);
  t.is(master.reports.at(-1)?.gone, true);
  await agent.crash();
});

test('a preStop hook counts against the grace period, and one that takes all of it leaves two seconds', async (t) => {
  for (const [seconds, left] of [
    [10, 20],
    [45, 2],
  ] as const) {
    const app = aContainer('app', { lifecycle: { preStop: { sleep: { seconds } } } });
    const { master, cri, clock, remove, agent, at } = await running([app]);
    cri.ending = () => 3_600_000;
    await remove(30);
    await clock.advance(29_999);
    t.is(cri.running().length, 1);
    await clock.advance(2001);
    t.deepEqual(cri.stops, [{ name: 'app', graceSeconds: left }]);
    t.is(master.reports.at(-1)?.gone, true);
    t.true(at() <= 32_000);
    await agent.crash();
  }
});

test('a preStop hook that fails is told, without its words, and the container is stopped', async (t) => {
  const { master, cri, clock, remove, agent } = await running([aContainer('app', { lifecycle: { preStop: exec } })]);
  cri.execs = () => ({ exitCode: 1, stdout: 'the password is 1234', stderr: '' });
  await remove(30);
  await clock.advance(1000);
  const told = master.events.filter(({ reason }) => reason === 'FailedPreStopHook').map(({ message }) => message);
  t.deepEqual(told, ['PreStopHook failed']);
  t.is(master.reports.at(-1)?.gone, true);
  await agent.crash();
});

test('sidecars are stopped after the others with what is left, the last of them first', async (t) => {
  const sidecar = (name: string) => aContainer(name, { restartPolicy: 'Always' });
  const { cri, clock, remove, live, agent } = await running(
    [aContainer('app'), aContainer('quick')],
    [sidecar('first'), sidecar('second')],
  );
  cri.ending = ({ name }) => ({ app: 10_000, second: 5_000 })[name] ?? 0;
  await remove(30);
  t.deepEqual(live(), ['app', 'first', 'second']);
  await clock.advance(9_999);
  t.deepEqual(live(), ['app', 'first', 'second']);
  await clock.advance(1);
  t.deepEqual(live(), ['first', 'second']);
  await clock.advance(5_000);
  t.deepEqual(live(), []);
  t.deepEqual(cri.stops, [
    ...[
      { name: 'app', graceSeconds: 30 },
      { name: 'quick', graceSeconds: 30 },
    ],
    ...[
      { name: 'second', graceSeconds: 20 },
      { name: 'first', graceSeconds: 15 },
    ],
  ]);
  await agent.crash();
});

test('when the others take the whole grace period, sidecars get two seconds each at the same time', async (t) => {
  const sidecar = aContainer('side', { restartPolicy: 'Always' });
  const { cri, clock, remove, live, agent, master } = await running([aContainer('app')], [sidecar]);
  cri.ending = () => 3_600_000;
  await remove(30);
  await clock.advance(30_000);
  await clock.advance(2_000);
  t.deepEqual(live(), []);
  t.is(master.reports.at(-1)?.gone, true);
  await agent.crash();
});

test('a shorter grace period shortens a stop that is under way, and a longer one does not lengthen it', async (t) => {
  const { cri, clock, remove, live, agent } = await running([aContainer('app')]);
  cri.ending = () => 3_600_000;
  await remove(600);
  await clock.advance(10_000);
  await remove(5);
  await remove(900);
  await clock.advance(4_999);
  t.deepEqual(live(), ['app']);
  await clock.advance(1);
  t.deepEqual(live(), []);
  t.deepEqual(
    cri.stops.map(({ graceSeconds }) => graceSeconds),
    [600, 5],
  );
  await agent.crash();
});

test('a pod that is deleted by force while it is being stopped is gone in two seconds', async (t) => {
  const { cri, clock, remove, live, agent, master } = await running([
    aContainer('app', { lifecycle: { preStop: { sleep: { seconds: 300 } } } }),
  ]);
  cri.ending = () => 3_600_000;
  await remove(600);
  await clock.advance(10_000);
  master.unwant('Pod', 'web');
  await agent.poke();
  await clock.advance(2_000);
  t.deepEqual(live(), []);
  t.is(cri.sandboxes.size, 0);
  await agent.crash();
});

test('an agent that starts while a pod is being stopped gives the full grace period again, and ends it', async (t) => {
  const { boot, cri, clock, remove, live, agent, master } = await running([aContainer('app')]);
  cri.ending = () => 3_600_000;
  await remove(30);
  await clock.advance(20_000);
  await agent.crash();
  cri.pause = async (millis) => await new Promise((resolve) => void clock.timer(millis, resolve));
  const second = await boot();
  t.deepEqual(cri.stops.at(-1), { name: 'app', graceSeconds: 30 });
  await clock.advance(30_000);
  t.deepEqual(live(), []);
  t.is(master.reports.at(-1)?.gone, true);
  await second.crash();
});

test('a day more or less on the wall clock changes no grace period', async (t) => {
  for (const day of [86_400_000, -86_400_000]) {
    const { cri, clock, remove, live, agent } = await running([aContainer('app')]);
    cri.ending = () => 3_600_000;
    await remove(30);
    clock.jump(day);
    await clock.advance(29_999);
    t.deepEqual(live(), ['app']);
    await clock.advance(1);
    t.deepEqual(live(), []);
    await agent.crash();
  }
});

test('a container with a stop signal of its own gets that, and is killed when its time is over', async (t) => {
  for (const obeys of [true, false]) {
    const sent: unknown[] = [];
    const { cri, clock, remove, live, agent } = await running(
      [aContainer('app', { lifecycle: { stopSignal: 'SIGUSR1' } })],
      [],
      {
        ...fakeHost,
        signal: (pid, signal) => {
          sent.push([pid, signal]);
          if (obeys) void cri.pause(3000).then(() => cri.exit(cri.running()[0]?.id ?? '', 0));
        },
      },
    );
    const pid = await cri.containerPid(cri.running()[0]?.id ?? '');
    await remove(30);
    t.deepEqual(sent, [[pid, 'SIGUSR1']]);
    await clock.advance(obeys ? 3_300 : 29_900);
    t.deepEqual(live(), obeys ? [] : ['app']);
    await clock.advance(200);
    t.deepEqual(live(), []);
    await agent.crash();
  }
});

test('a static pod whose file is gone ends in its own grace period with its hook, also when the agent has not seen it go', async (t) => {
  const manifest = `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  terminationGracePeriodSeconds: 40
  containers:
    - { name: app, image: registry.test/app:1, imagePullPolicy: IfNotPresent, lifecycle: { preStop: { sleep: { seconds: 10 } } } }
`;
  for (const seen of [true, false]) {
    const { cri, clock, manifests, boot } = createDevice();
    cri.ending = () => 3_600_000;
    const agent = await boot();
    manifests.write('web.yaml', manifest);
    await clock.advance(2000);
    t.is(cri.running().length, 1);
    if (!seen) await agent.crash();
    manifests.remove('web.yaml');
    const second = seen ? agent : await boot();
    await clock.advance(39_000);
    t.is(cri.running().length, 1);
    t.deepEqual(cri.stops, [{ name: 'app', graceSeconds: seen ? 30 : 40 }]);
    await clock.advance(4_000);
    t.is(cri.sandboxes.size, 0);
    await second.crash();
  }
});
