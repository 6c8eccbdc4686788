/** Where pods go, on the shipped program and a real containerd: what keeps them waiting, and what makes room for them. */

import test from 'ava';
import { type Cluster, startCluster } from '../support/cluster.ts';

let cluster: Cluster;

test.before(async () => {
  cluster = await startCluster(70);
});

test.after.always(async () => {
  await cluster?.stop();
});

const ok: Cluster['ok'] = (...call) => cluster.ok(...call);

type Spec = Readonly<Record<string, unknown>>;

async function apply(name: string, resources: Spec, more: Spec = {}): Promise<void> {
  const containers = [{ name: 'app', image: 'bramble.local/busybox:1', command: ['sleep', '1000'], resources }];
  const spec = { terminationGracePeriodSeconds: 0, containers, ...more };
  await ok(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }));
}

const field = (kind: string, name: string, path: string) => ok(['get', kind, name, '-o', `jsonpath={${path}}`]);
const why = (name: string) => field('pod', name, ".status.conditions[?(@.type=='PodScheduled')].message");
const pending = (name: string) => ok(['wait', `pod/${name}`, '--for=condition=PodScheduled=False', '--timeout=20s']);
const ready = (name: string) => ok(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=40s']);

test.serial('a pod waits for a node with its label, says so, and starts when there is one', async (t) => {
  const term = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
  await apply('picky', {}, { affinity: { nodeAffinity: required } });
  await pending('picky');
  t.is(await why('picky'), "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");
  t.regex(await ok(['describe', 'pod', 'picky']), /FailedScheduling/);
  await ok(['patch', 'node', 'node-1', '-p', '{"metadata":{"labels":{"disk":"ssd"}}}']);
  await ready('picky');
  t.is(await field('pod', 'picky', '.spec.nodeName'), 'node-1');
});

test.serial('an extended resource is used up by the pod that has it', async (t) => {
  await apply('first', { limits: { 'example.com/dongle': '1' } });
  await pending('first');
  t.is(await why('first'), '0/1 nodes are available: 1 Insufficient example.com/dongle.');
  const offers = { 'example.com/dongle': '1' };
  const patch = JSON.stringify({ status: { capacity: offers, allocatable: offers } });
  await ok(['patch', 'node', 'node-1', '--subresource', 'status', '-p', patch]);
  await ready('first');
  await apply('second', { limits: { 'example.com/dongle': '1' } });
  await pending('second');
  await ok(['delete', 'pod', 'first']);
  await ready('second');
  t.pass();
});

test.serial('an important pod gets the room of one that is less so', async (t) => {
  const kind = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' };
  const important = { ...kind, metadata: { name: 'important' }, value: 1000 };
  await ok(['apply', '-f', '-'], JSON.stringify(important));
  const allocatable = await field('node', 'node-1', '.status.allocatable.cpu');
  const cpu = `${Math.floor((allocatable.endsWith('m') ? Number.parseInt(allocatable, 10) : Number(allocatable) * 1000) * 0.6)}m`;
  await apply('usual', { requests: { cpu } });
  await ready('usual');
  await apply('urgent', { requests: { cpu } }, { priorityClassName: 'important' });
  await ready('urgent');
  t.is(await field('pod', 'urgent', '.spec.priority'), '1000');
  t.regex(await ok(['events']), /Preempted by pod/);
  const left = await cluster.bramble(['get', 'pod', 'usual']);
  t.not(left.code, 0, left.stdout);
  t.regex(await ok(['get', 'priorityclasses']), /system-node-critical +2000001000/);
});

test.serial('a pod that names its node and finds no room there is refused by the device', async (t) => {
  await apply('past', { requests: { cpu: '1000' } }, { nodeName: 'node-1' });
  await ok(['wait', 'pod/past', '--for=jsonpath={.status.phase}=Failed', '--timeout=30s']);
  t.is(await field('pod', 'past', '.status.reason'), 'OutOfcpu');
  t.regex(await field('pod', 'past', '.status.message'), /^Pod was rejected: Node didn't have enough resource: cpu, /);
});

test.serial('a drain waits for the budget of a pod, and ends it when the budget allows it', async (t) => {
  await ok(['delete', 'pods', '--all']);
  const labels = { app: 'kept' };
  const metadata = { name: 'kept', labels };
  const containers = [{ name: 'app', image: 'bramble.local/busybox:1', command: ['sleep', '1000'] }];
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  await ok(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }));
  const budget = { minAvailable: 1, selector: { matchLabels: labels } };
  const kind = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' };
  await ok(['apply', '-f', '-'], JSON.stringify({ ...kind, metadata, spec: budget }));
  await ok(['wait', 'deploy/kept', '--for=condition=Available', '--timeout=40s']);
  const refused = await cluster.bramble(['drain', 'node-1', '--timeout=2s']);
  t.is(refused.code, 124, refused.stderr);
  t.regex(refused.stderr, /will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget/);
  await ok(['patch', 'pdb', 'kept', '-p', '{"spec":{"minAvailable":0}}']);
  t.regex(await ok(['drain', 'node-1']), /pod\/kept-\S+ evicted\nnode\/node-1 drained\n$/);
  t.is((await cluster.bramble(['wait', 'deploy/kept', '--for=condition=Available', '--timeout=1s'])).code, 124);
  await ok(['uncordon', 'node-1']);
  await ok(['wait', 'deploy/kept', '--for=condition=Available', '--timeout=40s']);
});
