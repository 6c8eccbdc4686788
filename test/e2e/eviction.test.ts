/** Eviction on a real kernel and a real containerd: memory and process ids of a device on which little is left to pods. */

import { readFileSync } from 'node:fs';
import test from 'ava';
import { taskCount } from '../../src/agent/io/host/host-files.ts';
import { until } from '../support/eventually.ts';
import { evictionVerbs } from '../support/eviction-verbs.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';
import { eatMemory, idle, memoryForPods, oomKills, podOf } from '../support/small-device.ts';

const INDEX = 121;
let cluster: FieldCluster;

/** So many process ids may be in use beside those of now before the device is short of them. */
const SPARE_PIDS = 2000;
const pidsLeft = () => {
  const most = Math.min(
    ...['pid_max', 'threads-max'].map((name) => Number(readFileSync(`/proc/sys/kernel/${name}`, 'utf8'))),
  );
  return most - taskCount(readFileSync('/proc/loadavg', 'utf8')) - SPARE_PIDS;
};

test.before(async () => {
  cluster = await startFieldCluster(INDEX, [
    ...memoryForPods(400),
    `--eviction-hard=memory.available<100Mi,pid.available<${pidsLeft()}`,
    '--eviction-pressure-transition-period=3s',
    '--static-pod-path=/nonexistent',
  ]);
  cluster.device.startAgent();
  await cluster.untilNodeReady();
});

test.after.always(async () => {
  await cluster?.stop();
});

const { calm, evicted, field, ok, running } = evictionVerbs(() => cluster, {
  evictedWithin: '30s',
  calmWithin: 30_000,
});

test.serial(
  'who eats the memory is ended before the kernel has to, with all said of it; idle, critical and modest pods stay',
  async (t) => {
    const before = oomKills();
    await running('idle', idle);
    await running('modest', idle, { resources: { requests: { memory: '50Mi' } } });
    await running('critical', `head -c 30000000 /dev/zero | tail -c 30000000 | (${idle})`, {
      priorityClassName: 'system-cluster-critical',
    });
    await ok(['apply', '-f', '-'], podOf('eater', eatMemory(50)));
    await evicted('eater');
    t.is(await field('pod', 'eater', '.status.phase'), 'Failed');
    const message = await field('pod', 'eater', '.status.message');
    t.regex(message, /^The node was low on resource: memory\. Threshold quantity: 100Mi, available: \d+[KM]?i?\. /);
    t.regex(message, / Signal: (allocatableMemory|memory)\.available<100Mi\. /);
    t.regex(message, /Container app was using \d+Mi, request is 0, has larger consumption of memory\. /);
    const disruption = await field('pod', 'eater', '.status.conditions[?(@.type=="DisruptionTarget")].reason');
    t.is(disruption, 'TerminationByKubelet');
    t.regex(await ok(['get', 'pods']), /eater\s+0\/1\s+Evicted/);
    const described = await ok(['describe', 'pod', 'eater']);
    t.regex(described, /Reason:\s+Evicted/);
    t.regex(described, /Warning\s+Evicted/);
    const said = await ok(['get', 'events', '-o', 'jsonpath={.items[?(@.reason=="Evicted")].metadata.annotations}']);
    t.like(JSON.parse(said), { starved_resource: 'memory', offending_containers: 'app' });
    t.regex(said, /"offending_containers_usage":"\d+[KM]?i?"/);
    for (const name of ['idle', 'modest', 'critical']) t.is(await field('pod', name, '.status.phase'), 'Running', name);
    t.is(oomKills(), before);
    const events = await ok(['get', 'events', '-A', '-o', 'jsonpath={.items[*].reason}']);
    for (const reason of ['EvictionThresholdMet', 'NodeHasInsufficientMemory']) t.true(events.includes(reason), reason);
    await calm('MemoryPressure');
  },
);

test.serial(
  'a Deployment has its evicted pod replaced, and the replacement stays away while the node is short',
  async (t) => {
    const template = JSON.parse(podOf('greedy', eatMemory(50)));
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'greedy' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'greedy' } },
        template: { metadata: template.metadata, spec: template.spec },
      },
    };
    delete deployment.spec.template.metadata.name;
    await ok(['apply', '-f', '-'], JSON.stringify(deployment));
    const pods = async () =>
      (await ok(['get', 'pods', '-l', 'app=greedy', '-o', 'jsonpath={.items[*].status.phase}'])).split(' ');
    await until(
      'it is evicted and replaced',
      async () => {
        const phases = await pods();
        return phases.includes('Failed') && phases.some((phase) => phase === 'Pending' || phase === 'Running');
      },
      40_000,
    );
    t.true((await pods()).length < 8, 'no hot loop');
    t.is(await field('pod', 'idle', '.status.phase'), 'Running');
    await ok(['delete', 'deployment', 'greedy', '--wait']);
    await calm('MemoryPressure');
  },
);

test.serial(
  'an agent that is killed while a pod has its time to end goes on with that pod, and ends no other one',
  async (t) => {
    const evictedEvents = async () =>
      (await ok(['get', 'events', '-A', '-o', 'jsonpath={.items[?(@.reason=="Evicted")].involvedObject.name}'])).split(
        ' ',
      );
    const before = (await evictedEvents()).length;
    const soft = [
      '--eviction-soft=allocatableMemory.available<250Mi',
      '--eviction-soft-grace-period=allocatableMemory.available=1s',
      '--eviction-max-pod-grace-period=12',
    ];
    await cluster.device.endAgent('SIGTERM');
    cluster.device.startAgent(0, soft);
    await cluster.untilNodeReady();
    // It does not listen, and so it takes all of the time.
    const hold = `trap '' TERM; head -c 200000000 /dev/zero | tail -c 200000000 | sleep 100000`;
    await ok(['apply', '-f', '-'], podOf('stubborn', hold));
    const begun = () => field('pod', 'stubborn', '.status.conditions[?(@.type=="DisruptionTarget")].status');
    await until('its end has begun', async () => (await begun()) === 'True', 40_000);
    await cluster.device.endAgent('SIGKILL');
    t.true((await cluster.device.running())?.some(({ pod }) => pod === 'stubborn'));
    cluster.device.startAgent(0, soft);
    await evicted('stubborn');
    t.is(await field('pod', 'stubborn', '.status.phase'), 'Failed');
    t.false((await cluster.device.running())?.some(({ pod }) => pod === 'stubborn'));
    for (const name of ['idle', 'modest', 'critical']) t.is(await field('pod', name, '.status.phase'), 'Running', name);
    await calm('MemoryPressure');
    t.deepEqual((await evictedEvents()).slice(before), ['stubborn']);
    t.false((await cluster.device.running())?.some(({ pod }) => pod === 'stubborn'));
  },
);

test.serial('who takes the process ids is ended', async (t) => {
  // So many processes take memory too, how much depends on the kernel: that has to be no reason.
  await cluster.device.endAgent('SIGTERM');
  cluster.device.startAgent(0, memoryForPods(1500));
  await cluster.untilNodeReady();
  await ok(['wait', 'pod/idle', '--for=condition=Ready', '--timeout=30s']);
  const fork = `i=0; while [ $i -lt ${SPARE_PIDS + 1500} ]; do sleep 1000 & i=$((i + 1)); done; wait`;
  await ok(['apply', '-f', '-'], podOf('forker', fork));
  await evicted('forker');
  const message = await field('pod', 'forker', '.status.message');
  t.regex(
    message,
    /The node was low on resource: pids\. Threshold quantity: \d+, available: \d+\. Signal: pid\.available<\d+\. /,
  );
  t.regex(message, /Pod forker was using \d+, request is 0, has larger consumption of pids\. /);
  t.is(await field('pod', 'idle', '.status.phase'), 'Running', await field('pod', 'idle', '.status.message'));
  await calm('PIDPressure');
});
