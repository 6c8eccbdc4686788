import test, { type ExecutionContext } from 'ava';
import { sampleOf } from '../../../src/agent/core/metrics/sample.ts';
import type { PodUsage } from '../../../src/agent/core/usage/sweep.ts';
import { encodeAnswer } from '../../../src/common/actor/transport.ts';
import { StatusError } from '../../../src/common/wire/api-errors.ts';
import { type ApiRig, startApi } from '../../support/api-rig.ts';
import { podUsing, sweepAt } from '../../support/sweep-builder.ts';

const wall = Date.parse('2026-11-21T10:00:00Z');

async function node({ api }: ApiRig, name: string, ready: 'True' | 'False' | 'Unknown' = 'True'): Promise<void> {
  await api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { site: name } } });
  await api.updateStatus({ resource: 'nodes', name }, { status: { conditions: [{ type: 'Ready', status: ready }] } });
}

async function pod({ api }: ApiRig, name: string, on: string): Promise<void> {
  const spec = { nodeName: on, containers: [{ name: 'main', image: 'app:1' }] };
  await api.create(
    'pods',
    { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec },
    { namespace: 'default' },
  );
}

/** Answers for a node; gives what it was asked. */
async function device(t: ExecutionContext, { nc }: ApiRig, name: string, pods: readonly PodUsage[] = []) {
  const asked: unknown[] = [];
  const subscription = nc.subscribe(`bramble.node.${name}.down.usage`, {
    callback: (_error, message) => {
      const request = message.json<{ detail: 'brief' | 'full' }>();
      asked.push(request);
      message.respond(encodeAnswer({ sample: sampleOf(sweepAt(1000, pods, wall), request.detail) }));
    },
  });
  t.teardown(() => subscription.unsubscribe());
  await nc.flush();
  return asked;
}

test('nodemetrics are what the devices tell, with their time and window; who does not answer is left out', async (t) => {
  const rig = await startApi(t);
  for (const name of ['pi-1', 'pi-2', 'pi-3']) await node(rig, name, name === 'pi-3' ? 'Unknown' : 'True');
  await device(t, rig, 'pi-1');
  const lost = await device(t, rig, 'pi-3');
  const { items, kind } = await rig.api.list('nodemetrics');
  t.is(kind, 'NodeMetricsList');
  t.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['pi-1'],
  );
  t.like(items[0], {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    metadata: { labels: { site: 'pi-1' } },
    timestamp: '2026-11-21T10:00:00Z',
    window: '10s',
    usage: { cpu: '500000000n', memory: '1048576Ki' },
  });
  t.is(lost.length, 0, 'a device that is not heard of is not asked');
  const missing = await t.throwsAsync(rig.api.get({ resource: 'nodemetrics', name: 'pi-2' }), {
    instanceOf: StatusError,
  });
  t.is(missing?.status.code, 404);
  t.is(missing?.message, 'nodes.metrics.k8s.io "pi-2" not found');
});

test("they answer under Kubernetes' names too, and by selectors", async (t) => {
  const rig = await startApi(t);
  for (const name of ['pi-1', 'pi-2']) {
    await node(rig, name);
    await device(t, rig, name, [podUsing(`on-${name}`)]);
    await pod(rig, `on-${name}`, name);
  }
  const { items } = await rig.api.list('nodes_metrics_k8s_io', { labelSelector: 'site=pi-2' });
  t.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['pi-2'],
  );
  const found = await rig.api.get({ resource: 'pods_metrics_k8s_io', namespace: 'default', name: 'on-pi-1' });
  t.like(found, {
    kind: 'PodMetrics',
    metadata: { namespace: 'default', labels: { app: 'on-pi-1' } },
    containers: [{ name: 'main', usage: { cpu: '100000000n', memory: '20480Ki' } }],
  });
  const one = await rig.api.list('podmetrics', { namespace: 'default', labelSelector: 'app=on-pi-2' });
  t.deepEqual(
    one.items.map(({ metadata }) => metadata.name),
    ['on-pi-2'],
  );
});

test('a device is asked only when somebody asks the master, once for all who ask within ten seconds, and nothing is stored', async (t) => {
  const rig = await startApi(t);
  await node(rig, 'pi-1');
  const asked = await device(t, rig, 'pi-1', [podUsing('web')]);
  await pod(rig, 'web', 'pi-1');
  const { revision } = await rig.store.list({});
  t.is(asked.length, 0);
  await Promise.all([rig.api.list('nodemetrics'), rig.api.list('podmetrics'), rig.api.list('nodemetrics')]);
  t.is(asked.length, 1);
  t.like(asked[0], { detail: 'brief' });
  t.is((await rig.store.list({})).revision, revision);
});

test('what cannot be asked of them is refused', async (t) => {
  const rig = await startApi(t);
  const object = { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'NodeMetrics', metadata: { name: 'a' } };
  for (const [code, call] of [
    [405, () => rig.api.create('nodemetrics', object)],
    [405, () => rig.api.delete({ resource: 'podmetrics', namespace: 'default', name: 'a' })],
    [400, () => rig.api.list('nodemetrics', { namespace: 'default' })],
    [400, () => rig.api.get({ resource: 'podmetrics', name: 'a' })],
    [400, () => rig.api.list('podmetrics', { fieldSelector: 'spec.nodeName=a' })],
  ] as const) {
    const error = await t.throwsAsync<StatusError>(call(), { instanceOf: StatusError });
    t.is(error?.status.code, code, error?.message);
  }
});
