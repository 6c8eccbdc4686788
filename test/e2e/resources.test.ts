/** Resources of pods on a real kernel and a real containerd: classes, control groups, limits, and a kernel that enforces none. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { cgroupMounts, hierarchyOf } from '../../src/agent/io/host/cgroup-facts.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { leftovers } from '../support/leftovers.ts';

const INDEX = 66;
const MIB = 1024 * 1024;
let cluster: Cluster;

test.before(async () => {
  cluster = await startCluster(INDEX);
});

test.after.always(async () => {
  await cluster?.stop();
});

const ok: Cluster['ok'] = (...call) => cluster.ok(...call);

type Spec = Readonly<Record<string, unknown>>;

function podOf(name: string, resources: Spec, command = 'sleep 1000', more: Spec = {}): string {
  const containers = [{ name: 'app', image: 'bramble.local/busybox:1', command: ['sh', '-c', command], resources }];
  const spec = { terminationGracePeriodSeconds: 1, containers, ...more };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
}

const field = (pod: string, path: string) => ok(['get', 'pod', pod, '-o', `jsonpath={${path}}`]);

async function running(name: string, resources: Spec, command?: string, more?: Spec): Promise<string> {
  await ok(['apply', '-f', '-'], podOf(name, resources, command, more));
  await ok(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=30s']);
  return await field(name, '.metadata.uid');
}

/** A limit's file of the group of a pod: `version 1's file` or `version 2's`. */
async function limitOf(path: readonly string[], controller: string, files: readonly [string, string]): Promise<string> {
  const mounts = await cgroupMounts('/');
  const { dir = '' } = hierarchyOf(mounts, controller) ?? {};
  const text = await readFile(
    join(dir, `brtest${INDEX}`, 'kubepods', ...path, files[mounts.version - 1] ?? ''),
    'utf8',
  );
  return text.trim();
}

const memoryFile = ['memory.limit_in_bytes', 'memory.max'] as const;
const pidsFile = ['pids.max', 'pids.max'] as const;

test.serial('each class of service has its place, and a pod is limited as a whole', async (t) => {
  const both = { cpu: '100m', memory: '64Mi' };
  const sure = await running('sure', { limits: both, requests: both });
  const flexible = await running('flexible', { requests: { cpu: '50m' }, limits: { memory: '32Mi' } });
  const free = await running('free', {});
  t.is(await field('sure', '.status.qosClass'), 'Guaranteed');
  t.is(await field('flexible', '.status.qosClass'), 'Burstable');
  t.is(await field('free', '.status.qosClass'), 'BestEffort');
  t.is(await limitOf([`pod${sure}`], 'memory', memoryFile), String(64 * MIB));
  t.is(await limitOf(['burstable', `pod${flexible}`], 'memory', memoryFile), String(32 * MIB));
  t.is(await limitOf(['besteffort', `pod${free}`], 'pids', pidsFile), '4096');
});

test.serial('the processes of a container are in its group, with the OOM score of its class', async (t) => {
  const look = 'cat /proc/self/oom_score_adj; grep -m1 memory /proc/self/cgroup || cat /proc/self/cgroup; sleep 1000';
  const uid = await running('inside', {}, look);
  const [score = '', group = ''] = (await ok(['logs', 'inside'])).split('\n');
  t.is(score, '1000');
  t.true(group.includes(`besteffort/pod${uid}/`) || group.endsWith(':/'), group);
});

test.serial('a container that takes more memory than its limit is ended, and only it', async (t) => {
  const limits = { memory: '16Mi' };
  await ok(['apply', '-f', '-'], podOf('greedy', { limits }, 'tail /dev/zero', { restartPolicy: 'Never' }));
  await ok(['wait', 'pod/greedy', '--for=jsonpath={.status.phase}=Failed', '--timeout=60s']);
  t.is(await field('greedy', '.status.containerStatuses[0].state.terminated.reason'), 'OOMKilled');
  t.is(await field('greedy', '.status.containerStatuses[0].state.terminated.exitCode'), '137');
  t.is(await field('free', '.status.containerStatuses[0].restartCount'), '0');
});

test.serial(
  'cpu and memory of a running container change in place, up and down, and its pod as a whole with them',
  async (t) => {
    const uid = await running('grows', { limits: { cpu: '100m', memory: '32Mi' } });
    const id = await field('grows', '.status.containerStatuses[0].containerID');
    for (const [cpu, mib] of [
      ['300m', 64],
      ['50m', 48],
    ] as const) {
      const limits = { cpu, memory: `${mib}Mi` };
      const patch = { spec: { containers: [{ name: 'app', resources: { limits, requests: limits } }] } };
      await ok(['patch', 'pod', 'grows', '--subresource', 'resize', '-p', JSON.stringify(patch)]);
      const shown = '.status.containerStatuses[0].resources.limits.cpu';
      await ok(['wait', 'pod/grows', `--for=jsonpath={${shown}}=${cpu}`, '--timeout=20s']);
      t.is(await limitOf([`pod${uid}`], 'memory', memoryFile), String(mib * MIB));
      t.is(await limitOf([`pod${uid}`, id.replace('containerd://', '')], 'memory', memoryFile), String(mib * MIB));
    }
    t.is(await field('grows', '.status.containerStatuses[0].containerID'), id);
    t.is(await field('grows', '.status.containerStatuses[0].restartCount'), '0');
  },
);

test.serial('what is not offered is refused by name', async (t) => {
  const refused = await cluster.bramble(['apply', '-f', '-'], podOf('huge', { limits: { 'hugepages-2Mi': '4Mi' } }));
  t.not(refused.code, 0);
  t.regex(refused.stderr, /hugepages-2Mi/);
});

test.serial('the group of a pod goes with the pod', async (t) => {
  const uid = await field('free', '.metadata.uid');
  await ok(['delete', 'pod', 'free', '--timeout=30s']);
  await t.throwsAsync(limitOf(['besteffort', `pod${uid}`], 'pids', pidsFile), { code: 'ENOENT' });
});

test.serial('the cluster leaves no control group behind', async (t) => {
  await cluster.stop();
  await t.throwsAsync(limitOf([], 'memory', memoryFile), { code: 'ENOENT' });
  t.deepEqual(await leftovers(cluster.dir, `brtest${INDEX}`), []);
});
