import test from 'ava';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import type { PodStatus } from '../../../../src/common/model/pod-status.ts';
import { createDevice } from '../../../support/device.ts';
import { aContainer, aPod, aProbe } from '../../../support/pod-builder.ts';

const DAY = 86_400_000;

/** A device with a pod that is wanted; `spec` beside its defaults. */
async function withPod(spec: Partial<PodSpec>, prepare: (device: ReturnType<typeof createDevice>) => void = () => {}) {
  const device = createDevice();
  prepare(device);
  const agent = await device.boot();
  device.master.want(aPod('web', { spec }));
  await agent.poke();
  const status = () => device.master.status('web');
  return {
    ...device,
    agent,
    status,
    container: (name = 'app') =>
      [...(status()?.initContainerStatuses ?? []), ...(status()?.containerStatuses ?? [])].find(
        (one) => one.name === name,
      ),
    condition: (type: string) => status()?.conditions?.find((one) => one.type === type),
    events: (reason: string) =>
      device.master.events.filter((event) => event['reason'] === reason).map(({ message }) => message),
    started: (name = 'app') =>
      [...device.cri.containers.values()].filter((one) => one.name === name).map(({ startedAt }) => startedAt),
  };
}

test('a day more or less on the wall clock changes neither the back-off nor what is ready', async (t) => {
  for (const day of [DAY, -DAY]) {
    const { cri, clock, agent, container } = await withPod({}, ({ cri }) => {
      cri.exits = () => 1;
    });
    const attempts: number[] = [];
    for (let second = 0; second < 80; second += 1) {
      clock.jump(second % 2 === 0 ? day : -day);
      attempts.push(Math.max(...[...cri.containers.values()].map(({ attempt }) => attempt)));
      await clock.advance(1000);
    }
    const seconds = [1, 2, 3, 4].map((attempt) => attempts.indexOf(attempt));
    const within = (index: number, from: number) => {
      t.true((seconds[index] ?? -1) >= from && (seconds[index] ?? 0) <= from + 4, `attempt ${index + 1}: ${seconds}`);
    };
    within(0, 0);
    within(1, 10);
    within(2, 30);
    within(3, 70);
    t.is(container()?.state.waiting?.reason, 'CrashLoopBackOff');
    await agent.crash();
  }
});

test('an agent that starts in a crash loop neither forgets it nor restarts at once', async (t) => {
  const { cri, clock, agent, boot, master } = await withPod({}, ({ cri }) => {
    cri.exits = () => 1;
  });
  await clock.advance(40_000);
  const newest = () => Math.max(...[...cri.containers.values()].map(({ attempt }) => attempt));
  t.is(newest(), 3);
  await agent.crash();
  const second = await boot();
  await clock.advance(20_000);
  t.is(newest(), 3, 'the fourth restart comes after 40 seconds');
  t.is(master.status('web')?.containerStatuses?.[0]?.state.waiting?.reason, 'CrashLoopBackOff');
  t.is(master.status('web')?.containerStatuses?.[0]?.restartCount, 3);
  await clock.advance(22_000);
  t.is(newest(), 4);
  await second.crash();
});

test('an agent that starts changes no status of what runs on, whatever the clock says', async (t) => {
  const spec = { containers: [aContainer('app', { readinessProbe: aProbe() }), aContainer('plain')] };
  for (const jump of [0, DAY, -DAY]) {
    const { clock, agent, boot, status, master } = await withPod(spec);
    await clock.advance(60_000);
    const before = status();
    t.true(before?.containerStatuses?.every(({ ready }) => ready));
    await agent.crash();
    const reports = master.reports.length;
    clock.jump(jump);
    const second = await boot();
    await clock.advance(30_000);
    t.true(master.reports.length > reports);
    for (const { status: later } of master.reports.slice(reports)) t.deepEqual(later as PodStatus, before);
    await second.crash();
  }
});

test('a pod that is active for longer than its deadline fails, by steady time and over a restart of the agent', async (t) => {
  const { clock, agent, boot, master, cri } = await withPod({ activeDeadlineSeconds: 100 });
  await clock.advance(50_000);
  clock.jump(DAY);
  await clock.advance(10_000);
  t.is(master.status('web')?.phase, 'Running');
  await agent.crash();
  const second = await boot();
  await clock.advance(35_000);
  t.is(master.status('web')?.phase, 'Running');
  await clock.advance(6_000);
  t.like(master.status('web'), {
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  });
  t.is(cri.running().length, 0);
  t.is(master.events.filter(({ reason }) => reason === 'DeadlineExceeded').length, 1);
  await second.crash();
});

test('what has ended stays ended when its containers are gone and the master has not heard of it', async (t) => {
  const { clock, agent, boot, master, cri } = await withPod({ restartPolicy: 'Never' }, ({ cri }) => {
    cri.exits = () => 3;
  });
  await clock.advance(5_000);
  t.is(master.status('web')?.phase, 'Failed');
  await agent.crash();
  cri.containers.clear();
  cri.sandboxes.clear();
  const second = await boot();
  await clock.advance(30_000);
  t.is(cri.containers.size, 0);
  t.is(master.status('web')?.containerStatuses?.[0]?.state.terminated?.exitCode, 3);
  await second.crash();
});

test('a container is waiting while its postStart hook runs, and others do not wait for it', async (t) => {
  const spec = {
    containers: [aContainer('app', { lifecycle: { postStart: { sleep: { seconds: 10 } } } }), aContainer('other')],
  };
  const { clock, agent, container, status, cri } = await withPod(spec);
  await clock.advance(5_000);
  t.is(cri.running().length, 2);
  t.is(container('app')?.state.waiting?.reason, 'ContainerCreating');
  t.false(container('app')?.started);
  t.true(container('other')?.ready);
  await clock.advance(7_000);
  t.true(container('app')?.ready);
  t.is(status()?.phase, 'Running');
  await agent.crash();
});

test('a postStart hook that fails ends its container, which is started again by its policy', async (t) => {
  const hook = { lifecycle: { postStart: { exec: { command: ['nope'] } } } };
  const { clock, agent, container, events } = await withPod({ containers: [aContainer('app', hook)] }, ({ cri }) => {
    cri.execs = () => ({ exitCode: 1, stdout: '', stderr: 'no' });
  });
  await clock.advance(5_000);
  t.deepEqual(events('FailedPostStartHook'), ['PostStartHook failed']);
  t.is(container()?.restartCount, 1);
  t.is(container()?.state.waiting?.reason, 'CrashLoopBackOff');
  await agent.crash();
});

test('a container whose liveness probe fails is ended in the grace period of the probe and started again', async (t) => {
  const livenessProbe = aProbe({ failureThreshold: 2, periodSeconds: 5, terminationGracePeriodSeconds: 7 });
  const { clock, agent, container, events, checks, cri } = await withPod({
    containers: [aContainer('app', { livenessProbe })],
  });
  await clock.advance(20_000);
  t.is(container()?.restartCount, 0);
  checks.answers = () => ({ outcome: 'failure', output: 'refused' });
  await clock.advance(12_000);
  t.deepEqual(cri.stops[0], { name: 'app', graceSeconds: 7 });
  t.is(container()?.restartCount, 1);
  t.deepEqual(events('Killing')[0], 'Container app failed liveness probe, will be restarted');
  await agent.crash();
});

test('a sidecar has started when its startup probe has succeeded, and the next container waits for that', async (t) => {
  const sidecar = aContainer('side', { restartPolicy: 'Always', startupProbe: aProbe({ failureThreshold: 100 }) });
  const { clock, agent, container, cri, condition, checks, status } = await withPod(
    { initContainers: [sidecar] },
    ({ checks }) => {
      checks.answers = () => ({ outcome: 'failure', output: 'refused' });
    },
  );
  await clock.advance(30_000);
  t.deepEqual(
    cri.running().map(({ name }) => name),
    ['side'],
  );
  t.like(condition('Initialized'), { status: 'False', message: 'containers with incomplete status: [side]' });
  t.is(status()?.phase, 'Pending');
  checks.answers = () => ({ outcome: 'success', output: '' });
  await clock.advance(20_000);
  t.true(container('app')?.ready);
  t.is(condition('Initialized')?.status, 'True');
  await agent.crash();
});

test('a pod is ready when all conditions of its readiness gates are True', async (t) => {
  const spec = { readinessGates: [{ conditionType: 'example.com/balanced' }] };
  const { clock, agent, condition, master } = await withPod(spec);
  await clock.advance(5_000);
  t.is(condition('ContainersReady')?.status, 'True');
  t.like(condition('Ready'), {
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: 'corresponding condition of pod readiness gate "example.com/balanced" does not exist.',
  });
  for (const [is, ready] of [
    ['False', 'False'],
    ['True', 'True'],
  ] as const) {
    const conditions = [{ type: 'example.com/balanced', status: is }];
    master.want({ ...aPod('web', { spec }), status: { phase: 'Running', conditions } });
    await agent.poke();
    t.is(condition('Ready')?.status, ready);
  }
  await agent.crash();
});

test('new resources are given to a container that runs on, unless its policy is to start it again', async (t) => {
  const app = (cpu: string, memory: string) =>
    aContainer('app', {
      resources: { requests: { cpu, memory }, limits: { memory } },
      resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
    });
  const spec = (cpu: string, memory: string) => ({ containers: [app(cpu, memory)] });
  const { clock, agent, container, cri, master, boot } = await withPod(spec('100m', '64Mi'));
  await clock.advance(2_000);
  const resize = async (cpu: string, memory: string) => {
    master.want(aPod('web', { spec: spec(cpu, memory) }));
    await agent.poke();
    await clock.advance(2_000);
  };
  await resize('200m', '64Mi');
  t.is(container()?.restartCount, 0);
  t.true(container()?.ready);
  t.is(cri.resized[0]?.resources.cpuShares, 204);
  t.deepEqual(container()?.resources?.requests, { cpu: '200m', memory: '64Mi' });
  await resize('200m', '128Mi');
  t.is(container()?.restartCount, 1);
  t.is(cri.resized.length, 1);
  await resize('300m', '128Mi');
  await agent.crash();
  const second = await boot();
  await clock.advance(10_000);
  t.is(cri.resized.length, 2, 'an agent that starts knows what a container has');
  t.is(container()?.restartCount, 1);
  await second.crash();
});

test('a resize that the runtime refuses is a condition with its words, and is tried again', async (t) => {
  const spec = (cpu: string) => ({ containers: [aContainer('app', { resources: { requests: { cpu } } })] });
  const { CriError } = await import('../../../../src/agent/ports/cri.ts');
  const { clock, agent, condition, cri, master } = await withPod(spec('100m'));
  await clock.advance(2_000);
  cri.failing = (method) => (method === 'updateResources' ? new CriError('failed', 'no such controller') : undefined);
  master.want(aPod('web', { spec: spec('200m') }));
  await agent.poke();
  t.like(condition('PodResizeInProgress'), { status: 'True', reason: 'Error', message: 'no such controller' });
  cri.failing = () => undefined;
  await clock.advance(2_000);
  t.is(condition('PodResizeInProgress'), undefined);
  await agent.crash();
});

test('the last words of a container are the end of its log where its policy says so', async (t) => {
  const { agent, container, clock } = await withPod(
    { restartPolicy: 'Never', containers: [aContainer('app', { terminationMessagePolicy: 'FallbackToLogsOnError' })] },
    ({ cri, logs }) => {
      cri.exits = () => 1;
      logs.lines.set(
        'app/0.log',
        Array.from({ length: 100 }, (_, i) => `line ${i}`),
      );
    },
  );
  await clock.advance(2_000);
  t.regex(container()?.state.terminated?.message ?? '', /^line 20\n.*line 99\n$/s);
  await agent.crash();
});

test('a pod on another network than its sandbox has is made anew', async (t) => {
  const { clock, agent, master, cri, events } = await withPod({});
  await clock.advance(2_000);
  master.want(aPod('web', { spec: { hostNetwork: true } }));
  await agent.poke();
  await clock.advance(2_000);
  t.is(cri.running().length, 1);
  t.is(cri.sandboxes.get(cri.running()[0]?.sandboxId ?? '')?.hostNetwork, true);
  t.deepEqual(events('SandboxChanged'), ['Pod sandbox changed, it will be killed and re-created.']);
  await agent.crash();
});
