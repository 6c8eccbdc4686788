import test, { type ExecutionContext } from 'ava';
import { sampleOf } from '../../src/agent/core/metrics/sample.ts';
import type { PodUsage } from '../../src/agent/core/usage/sweep.ts';
import { encodeAnswer } from '../../src/common/actor/transport.ts';
import type { KubeObject } from '../../src/common/model/meta.ts';
import { podUsing, sweepAt } from '../support/sweep-builder.ts';
import { clientRig } from './client-rig.ts';
import { codes } from './run-client.ts';

const rig = clientRig(test);
const wall = Date.parse('2026-11-21T10:00:00Z');

/** A node of the API, and a device that answers for it unless it is silent. */
async function device(t: ExecutionContext, name: string, pods: readonly PodUsage[], silent = false) {
  await rig.master.api.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { test: t.title.length.toString() } },
  });
  const key = { resource: 'nodes', name };
  const node = await rig.master.api.get(key);
  await rig.master.api.updateStatus(key, {
    ...node,
    status: { allocatable: { cpu: '2', memory: '2Gi' }, capacity: { cpu: '4', memory: '4Gi' } },
  });
  for (const { pod } of pods) await podOn(name, pod.namespace, pod.name);
  const asked: unknown[] = [];
  if (!silent) {
    const subscription = rig.master.nats.subscribe(`bramble.node.${name}.down.usage`, {
      callback: (_error, message) => {
        const body = message.json<{ detail: 'brief' | 'full' }>();
        asked.push(body);
        message.respond(encodeAnswer({ sample: sampleOf(sweepAt(1000, pods, wall), body.detail) }));
      },
    });
    t.teardown(() => subscription.unsubscribe());
    await rig.master.nats.flush();
  }
  return { asked, labels: `test=${t.title.length}` };
}

async function podOn(node: string, namespace: string, name: string, phase = 'Running'): Promise<KubeObject> {
  const spec = { nodeName: node, containers: [{ name: 'main', image: 'app:1' }] };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec };
  const made = await rig.master.api.create('pods', pod, { namespace });
  const key = { resource: 'pods', namespace, name };
  return await rig.master.api.updateStatus(key, { ...made, status: { phase } });
}

async function namespaceFor(t: ExecutionContext): Promise<string> {
  const name = `ns-${Buffer.from(t.title).toString('hex').slice(0, 20)}-${t.title.length}`;
  await rig.master.api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

test("top nodes has kubectl's columns; who does not answer is unknown, and that is said", async (t) => {
  const { labels } = await device(t, 'answers-1', []);
  await device(t, 'silent-1', [], true);
  const ran = await rig.client.run(['top', 'nodes', '-l', labels]);
  t.is(ran.code, codes.ok, ran.stderr);
  t.is(
    ran.stdout,
    [
      'NAME        CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)',
      'answers-1   500m         25%         1024Mi          50%',
      'silent-1    <unknown>    <unknown>   <unknown>       <unknown>',
      '',
    ].join('\n'),
  );
  t.is(ran.stderr, 'no agent answers on node "silent-1"\n');
});

test('top nodes -o wide adds disks, traffic, processes and pods', async (t) => {
  const { asked } = await device(t, 'wide-1', [podUsing('wide-pod')]);
  const ran = await rig.client.run(['top', 'node', 'wide-1', '-o', 'wide', '--no-headers']);
  t.is(ran.code, codes.ok, ran.stderr);
  t.regex(
    ran.stdout,
    /^wide-1 +500m +25% +1024Mi +50% +33% +0\.98 KiB \/ 1\.95 KiB +4\.77 MiB \/ 6\.68 MiB +120 +1 +0Mi\n$/,
  );
  t.like(asked[0], { detail: 'full' });
});

test('top nodes -o json are NodeMetrics as metrics-server writes them', async (t) => {
  await device(t, 'json-1', []);
  const ran = await rig.client.run(['top', 'nodes', 'json-1', '-o', 'json']);
  const { items } = JSON.parse(ran.stdout) as { items: unknown[] };
  t.like(items[0], {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    timestamp: '2026-11-21T10:00:00Z',
    window: '10s',
    usage: { cpu: '500000000n', memory: '1048576Ki' },
  });
});

test('a node that does not exist is exit code 4, and one that nobody answers for alone is 3', async (t) => {
  await device(t, 'gone-1', [], true);
  const missing = await rig.client.run(['top', 'nodes', 'no-such']);
  t.is(missing.code, codes.notFound);
  t.regex(missing.stderr, /error: .*nodes "no-such" not found/);
  const silent = await rig.client.run(['top', 'nodes', 'gone-1']);
  t.is(silent.code, codes.unreachable);
  t.regex(silent.stdout, /gone-1 +<unknown>/);
});

test('top pods shows what runs, sorted as asked, and asks only the devices that run them', async (t) => {
  const namespace = await namespaceFor(t);
  const { asked } = await device(t, 'pods-1', [
    podUsing('small', { namespace, milli: 5, mib: 90 }),
    podUsing('large', { namespace, milli: 250, mib: 20, containers: ['a', 'b'] }),
  ]);
  const other = await device(t, 'pods-2', []);
  await podOn('pods-2x', namespace, 'lost');
  await podOn('pods-1', namespace, 'ended', 'Succeeded');
  const plain = await rig.client.run(['top', 'pods', '-n', namespace]);
  t.is(plain.code, codes.ok, plain.stderr);
  t.is(
    plain.stdout,
    [
      'NAME    CPU(cores)   MEMORY(bytes)',
      'large   500m         40Mi',
      'lost    <unknown>    <unknown>',
      'small   5m           90Mi',
      '',
    ].join('\n'),
  );
  t.is(plain.stderr, 'no agent answers on node "pods-2x"\n');
  t.is(asked.length, 1);
  t.is(other.asked.length, 0);
  const byMemory = await rig.client.run(['top', 'pods', '-n', namespace, '--sort-by', 'memory', '--no-headers']);
  t.deepEqual(byMemory.stdout.match(/^\w+/gm), ['small', 'large', 'lost']);
  const each = await rig.client.run(['top', 'pods', 'large', '-n', namespace, '--containers']);
  t.is(
    each.stdout,
    'POD     NAME   CPU(cores)   MEMORY(bytes)\nlarge   a      250m         20Mi\nlarge   b      250m         20Mi\n',
  );
  const wide = await rig.client.run(['top', 'containers', 'large', '-n', namespace, '-o', 'wide']);
  t.regex(wide.stdout, /large +a +250m +20Mi +31% +0\.98 KiB \/ 1\.95 KiB +8Ki +2 +<unknown> +pods-1/);
  const labelled = await rig.client.run(['top', 'pods', '-A', '-l', 'app=small', '-o', 'yaml']);
  t.regex(labelled.stdout, /kind: PodMetrics/);
  t.regex(labelled.stdout, /memory: 92160Ki/);
});

test('top pods --node asks the device alone', async (t) => {
  const pods = [podUsing('alone', { namespace: 'default' })];
  await device(t, 'alone-1', pods);
  const ran = await rig.client.run(['top', 'pods', '--node', 'alone-1', 'alone']);
  t.is(ran.code, codes.ok, ran.stderr);
  t.regex(ran.stdout, /\nalone +100m +20Mi\n/);
  t.is((await rig.client.run(['top', 'pods', '--node', 'alone-1', 'other'])).code, codes.notFound);
  t.is((await rig.client.run(['top', 'pods', '--node', 'nobody'])).code, codes.unreachable);
});

test('top --watch looks again and prints plainly into a pipe, until it is interrupted', async (t) => {
  await device(t, 'watch-1', []);
  const running = rig.client.start(['top', 'nodes', 'watch-1', '--watch', '--interval', '1s']);
  await running.said(/watch-1 [\s\S]*\n\nNAME [\s\S]*watch-1 /);
  const ran = await running.interrupt();
  t.is(ran.code, codes.interrupted);
  t.notRegex(ran.stdout, new RegExp(String.fromCharCode(27)));
});

for (const args of [
  ['top', 'nodes', '-o', 'name'],
  ['top', 'nodes', 'a', '-l', 'x=y'],
  ['top', 'pods', 'a', '-A'],
  ['top', 'pods', '--node', 'a', '-l', 'x=y'],
  ['top', 'pods', '--sort-by', 'name'],
  ['top', 'nodes', '--watch', '--interval', '10ms'],
]) {
  test(`bramble ${args.join(' ')} is refused as wrong usage`, async (t) => {
    t.is((await rig.client.run(args)).code, codes.usage);
  });
}
