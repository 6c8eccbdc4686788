import test from 'ava';
import { StatusError } from '../../../src/common/wire/api-errors.ts';
import { apiSubject } from '../../../src/common/wire/subjects.ts';
import { startApi } from '../../support/api-rig.ts';

const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
  data,
});
const key = (name: string) => ({ resource: 'configmaps', namespace: 'default', name });

test('an object is created, read, changed and deleted over the wire', async (t) => {
  const { api } = await startApi(t);
  const created = await api.create('configmaps', configMap('a.b', { x: '1' }));
  t.deepEqual(await api.get(key('a.b')), created);
  const updated = await api.update(key('a.b'), { ...created, data: { x: '2' } });
  t.deepEqual(updated['data'], { x: '2' });
  const stale = await t.throwsAsync(api.update(key('a.b'), { ...created, data: {} }), { instanceOf: StatusError });
  t.is(stale?.status.code, 409);
  t.deepEqual((await api.patch(key('a.b'), 'merge', { data: { y: '3' } }))['data'], { x: '2', y: '3' });
  await api.delete(key('a.b'));
  const gone = await t.throwsAsync(api.get(key('a.b')), { instanceOf: StatusError });
  t.is(gone?.message, 'configmaps "a.b" not found');
});

test('a pod is bound, gets a status, and tells its client so', async (t) => {
  const { api } = await startApi(t);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'c', image: 'i:1' }] },
  };
  const { metadata } = await api.create('pods', pod, { namespace: 'default' });
  const at = { resource: 'pods', namespace: 'default', name: 'web' };
  await api.bind(at, metadata.uid ?? '', 'pi-1');
  const running = await api.updateStatus(at, { status: { phase: 'Running' } });
  t.like(running, { spec: { nodeName: 'pi-1' }, status: { phase: 'Running' } });
  const onNode = await api.list('pods', { fieldSelector: 'spec.nodeName=pi-1' });
  t.is(onNode.items.length, 1);
});

test('a list has what was acknowledged just before, in parts that fit together, selected', async (t) => {
  const { api } = await startApi(t);
  const big = 'x'.repeat(100_000);
  const names = Array.from({ length: 12 }, (_, i) => `m${String(i).padStart(2, '0')}`);
  await Promise.all(names.map((name, i) => api.create('configmaps', configMap(name, { big }, { odd: String(i % 2) }))));
  const all = await api.list('configmaps', { namespace: 'default' });
  t.deepEqual(
    all.items.map(({ metadata }) => metadata.name),
    names,
  );
  t.is(all.kind, 'ConfigMapList');
  const odd = await api.list('configmaps', { labelSelector: 'odd=1' });
  t.is(odd.items.length, 6);
  t.is((await api.list('secrets')).items.length, 0);
  const named = await api.list('configmaps', { fieldSelector: 'metadata.name=m03' });
  t.is(named.items[0]?.metadata.name, 'm03');
});

test('what is no request is refused with what is wrong with it', async (t) => {
  const { nc, api } = await startApi(t);
  const raw = async (subject: string, body: string) =>
    (await nc.request(subject, body, { timeout: 5_000 })).json<{ code: number; message: string }>();
  const create = apiSubject('create', 'configmaps', 'default');
  t.like(await raw(create, '{'), { code: 400 });
  t.like(await raw(create, '[1]'), { code: 400 });
  t.like(await raw(create, '{"object":{},"dryRun":"yes"}'), { code: 400 });
  t.regex((await raw(create, '{"object":{},"dryRun":"yes"}')).message, /dryRun/);
  t.regex((await raw(create, `{"object":${'['.repeat(5_000)}`)).message, /nested/);
  t.like(await raw(create, '{"object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}}'), { code: 422 });
  t.like(await raw('bramble.api.get.podz.default.a', '{}'), { code: 404 });
  t.regex((await raw('bramble.api.get.podz.default.a', '{}')).message, /did you mean "pods?"/);
  t.like(await raw('bramble.api.steal.pods.default.a', '{}'), { code: 405 });
  t.like(await raw('bramble.api.get.pods.-.a', '{}'), { code: 400 });
  t.like(await raw('bramble.api.get.pods.default.A%', '{}'), { code: 400 });
  const polluting = '{"object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"p"},"__proto__":{"x":"y"}}}';
  t.like(await raw(create, polluting), { code: 422 });
  t.is(({} as Record<string, unknown>)['x'], undefined);
  const unselectable = await t.throwsAsync(api.list('pods', { fieldSelector: 'spec.color=red' }));
  t.regex(unselectable?.message ?? '', /field label not supported: spec.color/);
});

test('a request larger than the connection takes is refused at the client, with both sizes', async (t) => {
  const { api } = await startApi(t);
  const huge = configMap('huge', { x: 'x'.repeat(2_000_000) });
  const error = await t.throwsAsync(api.create('configmaps', huge), { instanceOf: StatusError });
  t.is(error?.status.code, 413);
  t.regex(error?.message ?? '', /2000\d\d\d bytes, the limit is 1048576 bytes/);
});

test('more requests than are worked on at once wait their turn', async (t) => {
  const { api } = await startApi(t, { concurrency: 1 });
  const names = Array.from({ length: 50 }, (_, i) => `m${i}`);
  await Promise.all(names.map((name) => api.create('configmaps', configMap(name))));
  t.is((await api.list('configmaps', { namespace: 'default' })).items.length, names.length);
});

test('more requests than may wait are refused with 429', async (t) => {
  const { api } = await startApi(t, { concurrency: 1, queue: 1 });
  const asked = await Promise.allSettled(
    Array.from({ length: 50 }, (_, i) => api.create('configmaps', configMap(`m${i}`))),
  );
  const codes = new Set(asked.map((result) => (result.status === 'rejected' ? result.reason.status.code : 201)));
  t.deepEqual(codes, new Set([201, 429]));
});

test('the version names the master and its nats-server', async (t) => {
  const { api } = await startApi(t);
  t.like(await api.version(), { version: '1.2.3', name: 'test' });
});

test('a pod is evicted over the wire while its budget allows it, and refused with 429 when not', async (t) => {
  const { api, nc } = await startApi(t);
  const containers = [{ name: 'c', image: 'i:1' }];
  const labels = { app: 'web' };
  const ready = [{ type: 'Ready', status: 'True' }];
  const names = ['one', 'two', 'unready'];
  for (const name of names) {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers, nodeName: 'pi-1' } };
    await api.create('pods', pod, { namespace: 'default' });
    const conditions = name === 'unready' ? [] : ready;
    await api.updateStatus(
      { resource: 'pods', namespace: 'default', name },
      { status: { phase: 'Running', conditions } },
    );
  }
  const budget = async (more: object, counts: object) => {
    const at = { resource: 'poddisruptionbudgets', namespace: 'default', name: 'b' };
    const spec = { selector: { matchLabels: labels }, minAvailable: 1, ...more };
    const object = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b' }, spec };
    const { metadata } = await api.create('poddisruptionbudgets', object, { namespace: 'default' });
    const status = { observedGeneration: metadata.generation, expectedPods: 3, ...counts };
    await api.updateStatus(at, { status });
    return async () => await api.delete(at);
  };
  const evict = async (name: string): Promise<unknown> => {
    const object = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, deleteOptions: {} };
    const subject = apiSubject('create', 'pods/eviction', 'default', name);
    return (await nc.request(subject, JSON.stringify({ object }))).json();
  };
  const remove = await budget({}, { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 });
  t.like(await evict('one'), { kind: 'Status', status: 'Success' });
  t.like(await evict('two'), { code: 429, reason: 'TooManyRequests', status: 'Failure' });
  t.like(await evict('unready'), { status: 'Success' }, 'enough others are healthy');
  t.like(await evict('nobody'), { code: 404 });
  await remove();
  await budget({ unhealthyPodEvictionPolicy: 'AlwaysAllow' }, { currentHealthy: 0, desiredHealthy: 1 });
  t.like(await evict('two'), { code: 429 });
  await api.updateStatus({ resource: 'pods', namespace: 'default', name: 'two' }, { status: { phase: 'Running' } });
  t.like(await evict('two'), { status: 'Success' }, 'one that is not ready may always go');
});
