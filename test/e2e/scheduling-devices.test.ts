/**
 * Where pods go among several devices, each in a network namespace with an agent and a containerd of its own: spread, apart,
 * kept away, with a device of their own, and bound by a scheduler of the user's own.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import { until } from '../support/eventually.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';

const INDEX = 140;
const names = [INDEX, INDEX + 1, INDEX + 2].map((index) => `field-${index}`);
const pins = mkdtempSync(join(tmpdir(), 'bramble-pins-'));
const image = 'bramble.local/busybox:1';
let cluster: FieldCluster;
let scheduler: ChildProcess | undefined;

test.before(async () => {
  for (const [name, device] of [
    ['pin-0', '/dev/zero'],
    ['pin-1', '/dev/full'],
  ] as const) {
    symlinkSync(device, join(pins, name));
  }
  // The devices of this test share one kernel, and so one host name.
  const flags = (i: number) => [
    `--node-labels=kubernetes.io/hostname=${names[i]},example.com/site=${i === 2 ? 'b' : 'a'}`,
  ];
  const offers = `--device-resources=bramble.io/pin=${pins}/pin-*`;
  cluster = await startFieldCluster(INDEX, [...flags(0), offers], [flags(1), flags(2)]);
  for (const device of cluster.devices) device.startAgent();
  for (const device of cluster.devices) await cluster.untilNodeReady(device);
});

test.after.always(async () => {
  if (scheduler !== undefined && scheduler.exitCode === null) {
    const ended = once(scheduler, 'exit');
    scheduler.kill('SIGTERM');
    await ended;
  }
  await cluster?.stop();
  rmSync(pins, { recursive: true, force: true });
});

const ok: FieldCluster['ok'] = (...call) => cluster.ok(...call);
const apply = (object: object) => ok(['apply', '-f', '-'], JSON.stringify(object));
const podSpec = (more: object = {}, container: object = {}) => ({
  terminationGracePeriodSeconds: 0,
  containers: [{ name: 'app', image, command: ['sleep', '1000'], ...container }],
  ...more,
});
const pod = (name: string, more: object = {}, container: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
  spec: podSpec(more, container),
});
const deployment = (name: string, replicas: number, more: object) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: podSpec(more) },
  },
});
const field = (kind: string, name: string, path: string) => ok(['get', kind, name, '-o', `jsonpath={${path}}`]);
const nodesOf = async (app: string): Promise<readonly string[]> =>
  (await ok(['get', 'pods', '-l', `app=${app}`, '-o', 'jsonpath={.items[*].spec.nodeName}'])).split(' ').sort();
const why = (name: string) => field('pod', name, ".status.conditions[?(@.type=='PodScheduled')].message");
const ready = (name: string) => ok(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s']);
const pending = (name: string) => ok(['wait', `pod/${name}`, '--for=condition=PodScheduled=False', '--timeout=20s']);
const required = 'requiredDuringSchedulingIgnoredDuringExecution';

test.serial('replicas that must be apart run on a device each, and one more waits', async (t) => {
  const term = { labelSelector: { matchLabels: { app: 'apart' } }, topologyKey: 'kubernetes.io/hostname' };
  await apply(deployment('apart', 3, { affinity: { podAntiAffinity: { [required]: [term] } } }));
  await ok(['rollout', 'status', 'deploy/apart', '--timeout=60s']);
  t.deepEqual(await nodesOf('apart'), names);
  await ok(['scale', 'deploy/apart', '--replicas=4']);
  const waiting = ['get', 'pods', '-l', 'app=apart', '--field-selector', 'status.phase=Pending', '-o', 'name'];
  await until('one waits', async () => (await ok(waiting)) !== '');
  const name = (await ok(waiting)).trim().replace('pod/', '');
  await pending(name);
  t.is(await why(name), "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.");
  const told = await ok(['explain-scheduling', name]);
  t.regex(told, /State: +waits until pods that the terms are about come, end or change their labels/);
  t.is(told.match(/refused +- +InterPodAffinity: node\(s\) didn't match pod anti-affinity rules/g)?.length, 3);
  await ok(['delete', 'deploy', 'apart']);
});

test.serial('replicas are spread over sites, and a tainted device gets none', async (t) => {
  const constraint = { maxSkew: 1, topologyKey: 'example.com/site', whenUnsatisfiable: 'DoNotSchedule' };
  const spread = { ...constraint, labelSelector: { matchLabels: { app: 'spread' } } };
  await apply(deployment('spread', 4, { topologySpreadConstraints: [spread] }));
  await ok(['rollout', 'status', 'deploy/spread', '--timeout=60s']);
  t.deepEqual((await nodesOf('spread')).filter((node) => node === names[2]).length, 2, 'two on each site');
  await ok(['delete', 'deploy', 'spread']);
  const taints = (list: object[]) =>
    ok(['patch', 'node', names[0] ?? '', '-p', JSON.stringify({ spec: { taints: list } })]);
  await taints([{ key: 'example.com/repair', effect: 'NoSchedule' }]);
  await apply(deployment('away', 4, {}));
  await ok(['rollout', 'status', 'deploy/away', '--timeout=60s']);
  t.false((await nodesOf('away')).includes(names[0] ?? ''));
  await taints([]);
  await ok(['delete', 'deploy', 'away']);
});

test.serial('pods that ask for a device get one each, and keep it when the agent starts anew', async (t) => {
  t.is(await field('node', names[0] ?? '', '.status.allocatable.bramble\\.io/pin'), '2');
  const resources = { resources: { limits: { 'bramble.io/pin': '1' } } };
  for (const name of ['pin-a', 'pin-b', 'pin-c']) await apply(pod(name, {}, resources));
  await until('two run', async () => (await ok(['get', 'pods'])).match(/pin-. +1\/1/g)?.length === 2);
  const run = ['pin-a', 'pin-b', 'pin-c'];
  const placed = await Promise.all(
    run.map(async (name) => [name, await field('pod', name, '.spec.nodeName')] as const),
  );
  const [first, second] = placed.flatMap(([name, node]) => (node === names[0] ? [name] : []));
  const third = placed.find(([, node]) => node === '')?.[0] ?? '';
  t.is(await why(third), '0/3 nodes are available: 3 Insufficient bramble.io/pin.');
  const path = async (name: string) => (await ok(['exec', name, '--', 'sh', '-c', 'echo $BRAMBLE_IO_PIN'])).trim();
  const paths = [await path(first ?? ''), await path(second ?? '')].sort();
  t.deepEqual(paths, [join(pins, 'pin-0'), join(pins, 'pin-1')]);
  for (const name of [first ?? '', second ?? '']) {
    const seen = await ok([
      'exec',
      name,
      '--',
      'sh',
      '-c',
      'test -c $BRAMBLE_IO_PIN && exec 3<>$BRAMBLE_IO_PIN && echo open',
    ]);
    t.is(seen.trim(), 'open', 'it may read and write it');
  }
  await cluster.device.endAgent('SIGKILL');
  cluster.device.startAgent();
  await cluster.untilNodeReady();
  await ok(['delete', 'pod', first ?? '']);
  await ready(third);
  t.deepEqual([await path(third), await path(second ?? '')].sort(), paths, 'nobody has the device of another');
  await ok(['delete', 'pods', '--all']);
  rmSync(join(pins, 'pin-1'));
  const one = () => field('node', names[0] ?? '', '.status.allocatable.bramble\\.io/pin');
  await until('what is unplugged is no longer offered', async () => (await one()) === '1');
});

test.serial('a scheduler of the user’s own binds the pods that name it; those of nobody wait and say so', async (t) => {
  await apply(pod('lost', { schedulerName: 'nobody' }));
  await pending('lost');
  t.regex(await why('lost'), /^no scheduler is named "nobody": known are default-scheduler/);
  const script = resolve('examples/own-scheduler.mjs');
  scheduler = spawn(process.execPath, [script, cluster.url, 'my-scheduler'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  scheduler.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  for (const name of ['own-1', 'own-2', 'own-3']) await apply(pod(name, { schedulerName: 'my-scheduler' }));
  for (const name of ['own-1', 'own-2', 'own-3']) await ready(name);
  const nodes = await Promise.all(['own-1', 'own-2', 'own-3'].map((name) => field('pod', name, '.spec.nodeName')));
  t.deepEqual(nodes.sort(), names, 'the fewest pods first');
  t.regex(said, /default\/own-1: bound to field-14\d\n/);
  t.is(await field('pod', 'own-1', ".status.conditions[?(@.type=='PodScheduled')].status"), 'True');
});
