/** The whole life of pods as the shipped program and a real containerd live it: order, restarts, hooks, ends. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createCri } from '../../src/agent/io/cri/cri.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import type { ContainerStatus, PodStatus } from '../../src/common/model/pod-status.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';

const image = 'bramble.local/busybox:1';
let cluster: Cluster;
let cri: ReturnType<typeof createCri>;
test.before(async () => {
  cluster = await startCluster(51);
  cri = createCri(join(cluster.dir, 'run', 'containerd', 'containerd.sock'));
});
test.after.always(async () => {
  cri?.close();
  await cluster?.stop();
});

type Part = Record<string, unknown>;
/** Ends at once on SIGTERM; says so in its log. */
const forever = 'trap "echo stopped; exit 0" TERM; echo started; sleep 3600 & wait';
const sh = (name: string, script: string, more: Part = {}): Part => ({
  ...{ name, image, command: ['sh', '-c', script] },
  ...more,
});

async function apply(name: string, spec: Part): Promise<void> {
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
  const { code, stderr } = await cluster.bramble(['apply', '-f', '-'], JSON.stringify(manifest));
  if (code !== 0) throw new Error(stderr);
}
async function podOf(name: string): Promise<Pod | undefined> {
  const { code, stdout } = await cluster.bramble(['get', 'pod', name, '-o', 'json']);
  return code === 0 ? (JSON.parse(stdout) as Pod) : undefined;
}
async function comesTo(name: string, what: string, holds: (status: PodStatus) => boolean): Promise<PodStatus> {
  let last: PodStatus = {} as PodStatus;
  try {
    const look = async () => {
      last = (await podOf(name))?.status ?? last;
      return holds(last);
    };
    await until(`pod ${name}: ${what}`, look, 60_000);
  } catch (error) {
    throw new Error(`${String(error)}\n${JSON.stringify(last, undefined, 1)}`);
  }
  return last;
}
const ready = (status: PodStatus) =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
const containerOf = (status: PodStatus, name: string): ContainerStatus | undefined =>
  [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find((one) => one.name === name);
const remove = (name: string, ...flags: string[]) => cluster.bramble(['delete', 'pod', name, ...flags]);
async function eventsOf(name: string): Promise<readonly string[]> {
  const { stdout } = await cluster.bramble(['get', 'events', '-o', 'json']);
  const { items } = JSON.parse(stdout) as { items: { involvedObject: Part; reason: string; message: string }[] };
  return items.filter((one) => one.involvedObject['name'] === name).map((one) => `${one.reason}: ${one.message}`);
}
/** The process of a sandbox or container, by its control group. */
function processOf(id: string): number {
  const groups = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    } catch {
      // It has ended meanwhile.
      return '';
    }
  };
  const found = readdirSync('/proc').find((name) => /^[0-9]+$/.test(name) && id !== '' && groups(name).includes(id));
  if (found === undefined) throw new Error(`no process of ${id}`);
  return Number(found);
}
/** What all containers of a pod have written into the file of its emptyDir, in order. */
const book = { volumes: [{ name: 'book', emptyDir: {} }] };
const writing = { volumeMounts: [{ name: 'book', mountPath: '/book' }] };
const note = (what: string) => `echo ${what} >> /book/log`;

test('init containers and sidecars start in order; a done pod ends its sidecars, the first of them last', async (t) => {
  const sidecar = (name: string) =>
    sh(name, `${note(name)}; trap "${note(`${name}-stopped`)}; cat /book/log; exit 0" TERM; sleep 3600 & wait`, {
      ...writing,
      restartPolicy: 'Always',
    });
  await apply('order', {
    ...book,
    restartPolicy: 'Never',
    initContainers: [
      sh('one', note('one'), writing),
      sidecar('first'),
      sh('two', note('two'), writing),
      sidecar('second'),
    ],
    containers: [sh('app', `${note('app')}; sleep 1; ${note('app-done')}`, writing)],
  });
  const status = await comesTo('order', 'Succeeded', ({ phase }) => phase === 'Succeeded');
  const { stdout } = await cluster.bramble(['logs', 'order', '-c', 'first']);
  t.deepEqual(stdout.split('\n').filter(Boolean), [
    ...['one', 'first', 'two', 'second', 'app', 'app-done', 'second-stopped', 'first-stopped'],
  ]);
  t.is(containerOf(status, 'first')?.state.terminated?.reason, 'Completed');
  t.is(containerOf(status, 'app')?.state.terminated?.exitCode, 0);
  await remove('order');
});

test('a failing init container is tried again with back-off, and one that never restarts fails its pod', async (t) => {
  const failing = { initContainers: [sh('init', 'exit 3')], containers: [sh('app', forever)] };
  await apply('init-loop', failing);
  const looping = await comesTo('init-loop', 'CrashLoopBackOff', (status) => {
    return containerOf(status, 'init')?.state.waiting?.reason === 'CrashLoopBackOff';
  });
  t.is(looping.phase, 'Pending');
  t.is(containerOf(looping, 'init')?.lastState.terminated?.exitCode, 3);
  t.like(
    looping.conditions?.find(({ type }) => type === 'Initialized'),
    {
      status: 'False',
      message: 'containers with incomplete status: [init]',
    },
  );
  await apply('init-never', { ...failing, restartPolicy: 'Never' });
  const failed = await comesTo('init-never', 'Failed', ({ phase }) => phase === 'Failed');
  t.is(containerOf(failed, 'app')?.state.waiting?.reason, 'PodInitializing');
  await remove('init-loop', '--now');
  await remove('init-never', '--now');
});

test('a crash loop backs off and says so; last words, exit code and the end by signal are told', async (t) => {
  await apply('loop', {
    containers: [
      sh('app', 'echo because > /words; exit 7', { terminationMessagePath: '/words' }),
      sh('logs', 'for i in 1 2 3; do echo line $i; done; exit 1', {
        terminationMessagePolicy: 'FallbackToLogsOnError',
      }),
      sh('killed', 'exit 137'),
    ],
  });
  const status = await comesTo('loop', 'CrashLoopBackOff of all', ({ containerStatuses = [] }) => {
    const loops = containerStatuses.filter(({ state }) => state.waiting?.reason === 'CrashLoopBackOff');
    return loops.length === 3;
  });
  t.like(containerOf(status, 'app'), {
    ready: false,
    lastState: { terminated: { exitCode: 7, reason: 'Error', message: 'because\n' } },
  });
  t.regex(
    containerOf(status, 'app')?.state.waiting?.message ?? '',
    /^back-off [124]0s restarting failed container=app/,
  );
  t.is(containerOf(status, 'logs')?.lastState.terminated?.message, 'line 1\nline 2\nline 3\n');
  t.like(containerOf(status, 'killed')?.lastState.terminated, { exitCode: 137, signal: 9 });
  t.true((await eventsOf('loop')).some((event) => event.startsWith('BackOff: Back-off restarting failed container')));
  await remove('loop', '--now');
});

test('a container that takes more memory than it may is OOMKilled', async (t) => {
  await apply('oom', {
    restartPolicy: 'Never',
    containers: [sh('app', 'x=a; while true; do x=$x$x; done', { resources: { limits: { memory: '16Mi' } } })],
  });
  const status = await comesTo('oom', 'Failed', ({ phase }) => phase === 'Failed');
  t.like(containerOf(status, 'app')?.state.terminated, { reason: 'OOMKilled', exitCode: 137 });
  await remove('oom');
});

test('hooks run after the start and before the end; a container has not started before its hook is done', async (t) => {
  const hook = (script: string) => ({ exec: { command: ['sh', '-c', script] } });
  await apply('hooks', {
    containers: [
      sh('app', forever, {
        lifecycle: {
          postStart: hook('sleep 1; echo hello > /proc/1/fd/1'),
          preStop: hook('sleep 5; echo bye > /proc/1/fd/1'),
        },
      }),
    ],
  });
  const waiting = await comesTo('hooks', 'in its hook', ({ podIP }) => podIP !== undefined);
  t.false(containerOf(waiting, 'app')?.started);
  await comesTo('hooks', 'ready', ready);
  const uid = (await podOf('hooks'))?.metadata.uid ?? '';
  const follow = cluster.bramble(['logs', '-f', 'hooks']);
  const begun = performance.now();
  await remove('hooks', '--wait=false');
  const ending = await comesTo('hooks', 'not ready', (status) => !ready(status));
  t.is(ending.containerStatuses?.[0]?.state.running === undefined, false, 'not ready before anything is stopped');
  await until('hooks is gone', async () => (await podOf('hooks')) === undefined);
  t.true(performance.now() - begun >= 5000);
  t.deepEqual((await follow).stdout.split('\n').filter(Boolean), ['started', 'hello', 'bye', 'stopped']);
  t.deepEqual(
    (await cri.listSandboxes()).filter((box) => box.uid === uid),
    [],
  );
});

test('a postStart hook that fails ends its container, which is started again with back-off', async (t) => {
  await apply('bad-hook', {
    terminationGracePeriodSeconds: 1,
    containers: [sh('app', forever, { lifecycle: { postStart: { exec: { command: ['false'] } } } })],
  });
  const status = await comesTo('bad-hook', 'restarted', (one) => (containerOf(one, 'app')?.restartCount ?? 0) > 0);
  t.false(containerOf(status, 'app')?.ready);
  t.true((await eventsOf('bad-hook')).includes('FailedPostStartHook: PostStartHook failed'));
  await remove('bad-hook', '--now');
});

test('a deletion gives its grace period, a shorter one later shortens it, and by force it is over at once', async (t) => {
  const stubborn = { containers: [sh('app', 'trap "" TERM; while true; do sleep 1; done')] };
  const gone = async (name: string) =>
    await until(`${name} is gone`, async () => (await podOf(name)) === undefined, 60_000);
  const running = async (name: string) => comesTo(name, 'Running', ({ phase }) => phase === 'Running');
  await apply('stubborn', { ...stubborn, terminationGracePeriodSeconds: 600 });
  await running('stubborn');
  await remove('stubborn', '--wait=false');
  await until('it is being stopped', async () =>
    (await eventsOf('stubborn')).includes('Killing: Stopping container app'),
  );
  const begun = performance.now();
  await remove('stubborn', '--grace-period=3', '--wait=false');
  await gone('stubborn');
  const took = performance.now() - begun;
  t.true(took > 2000 && took < 30_000, `${took} ms`);
  await apply('forced', { ...stubborn, terminationGracePeriodSeconds: 600 });
  await running('forced');
  const uid = (await podOf('forced'))?.metadata.uid;
  await remove('forced', '--force', '--grace-period=0');
  t.is(await podOf('forced'), undefined);
  await apply('forced', { ...stubborn, terminationGracePeriodSeconds: 2 });
  const again = await running('forced');
  t.is(containerOf(again, 'app')?.restartCount, 0);
  await until(
    'nothing of the first one is left',
    async () => !(await cri.listSandboxes()).some((box) => box.uid === uid),
  );
  await remove('forced');
});

test('a sandbox that is killed is made anew with all its containers; what is in an emptyDir stays', async (t) => {
  await apply('sandbox', {
    ...book,
    initContainers: [sh('init', note('init'), writing)],
    containers: [sh('app', `cat /book/log; ${forever}`, writing)],
  });
  await comesTo('sandbox', 'ready', ready);
  const uid = (await podOf('sandbox'))?.metadata.uid ?? '';
  const [box] = (await cri.listSandboxes()).filter((one) => one.uid === uid);
  process.kill(processOf(box?.id ?? ''), 'SIGKILL');
  const status = await comesTo(
    'sandbox',
    'anew',
    (one) => ready(one) && (containerOf(one, 'app')?.restartCount ?? 0) === 1,
  );
  t.is(containerOf(status, 'init')?.restartCount, 1);
  t.is((await cluster.bramble(['logs', 'sandbox'])).stdout.split('\n').filter((line) => line === 'init').length, 2);
  t.true((await eventsOf('sandbox')).some((event) => event.startsWith('SandboxChanged: ')));
  await remove('sandbox', '--now');
});

test('a new image re-makes its container and no other', async (t) => {
  const spec = (of: string) => ({
    terminationGracePeriodSeconds: 1,
    containers: [sh('app', forever, { image: of }), sh('other', forever)],
  });
  const [id = ''] = (await cri.listImages()).filter(({ tags }) => tags.includes(image)).map((one) => one.id);
  await apply('image', spec(image));
  const before = await comesTo('image', 'ready', ready);
  await apply('image', spec(id));
  const after = await comesTo('image', 'made anew', (one) => ready(one) && containerOf(one, 'app')?.restartCount === 1);
  t.not(containerOf(after, 'app')?.containerID, containerOf(before, 'app')?.containerID);
  t.is(containerOf(after, 'other')?.containerID, containerOf(before, 'other')?.containerID);
  t.true((await eventsOf('image')).includes('Killing: Container app definition changed, will be restarted'));
  await remove('image', '--now');
});

test('a pod that is active for too long fails, and its containers end', async (t) => {
  await apply('deadline', { activeDeadlineSeconds: 5, containers: [sh('app', forever)] });
  const status = await comesTo('deadline', 'Failed', ({ phase }) => phase === 'Failed');
  t.is(status.reason, 'DeadlineExceeded');
  t.is(status.message, 'Pod was active on the node longer than the specified deadline');
  t.falsy(containerOf(status, 'app')?.state.running);
  await remove('deadline', '--now');
});

test('a container whose liveness probe fails is ended and started again, and the event says why', async (t) => {
  await apply('unwell', {
    terminationGracePeriodSeconds: 1,
    containers: [
      sh('app', forever, { livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 } }),
    ],
  });
  await comesTo('unwell', 'restarted', (status) => (containerOf(status, 'app')?.restartCount ?? 0) > 0);
  t.true((await eventsOf('unwell')).includes('Killing: Container app failed liveness probe, will be restarted'));
  await remove('unwell', '--now');
});

test('a container is ended by the signal that its lifecycle names', async (t) => {
  await apply('signal', {
    containers: [
      sh('app', 'trap "" TERM; trap "echo usr1; exit 0" USR1; echo started; sleep 3600 & wait', {
        lifecycle: { stopSignal: 'SIGUSR1' },
      }),
    ],
  });
  await comesTo('signal', 'ready', ready);
  const follow = cluster.bramble(['logs', '-f', 'signal']);
  const begun = performance.now();
  await remove('signal');
  t.true(performance.now() - begun < 25_000);
  t.deepEqual((await follow).stdout.split('\n').filter(Boolean), ['started', 'usr1']);
});

test('new cpu and memory are given to a container that runs on', async (t) => {
  const spec = (cpu: string, memory: string) => ({
    containers: [sh('app', forever, { resources: { requests: { cpu, memory }, limits: { memory } } })],
  });
  await apply('resize', spec('100m', '32Mi'));
  const before = await comesTo('resize', 'ready', ready);
  const limit = () =>
    cluster.bramble([
      'exec',
      'resize',
      '--',
      'sh',
      '-c',
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max',
    ]);
  t.regex((await limit()).stdout, /^33554432$/m);
  const patch = JSON.stringify({ spec: spec('200m', '64Mi') });
  const patched = await cluster.bramble(['patch', 'pod', 'resize', '--subresource=resize', '-p', patch]);
  t.is(patched.code, 0, patched.stderr);
  const after = await comesTo('resize', 'resized', (status) => {
    return containerOf(status, 'app')?.resources?.limits?.['memory'] === '64Mi';
  });
  t.is(containerOf(after, 'app')?.containerID, containerOf(before, 'app')?.containerID);
  t.is(containerOf(after, 'app')?.restartCount, 0);
  t.regex((await limit()).stdout, /^67108864$/m);
  await remove('resize', '--now');
});
