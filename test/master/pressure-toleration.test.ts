import test from 'ava';
import type { Pod } from '../../src/common/model/pod.ts';
import { mirrorAnnotation } from '../../src/common/model/static-pods.ts';
import { MemoryStore } from '../../src/common/store/memory-store.ts';
import { bootstrap, createObjects } from '../../src/master/objects.ts';

const pressure = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' };
const key = { resource: 'pods', namespace: 'default', name: 'web' };
const pod = (resources: object, more: object = {}, metadata: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default', ...metadata } },
  spec: { containers: [{ name: 'c', image: 'a:1', resources }], ...more },
});
const asking = { requests: { memory: '64Mi' } };

async function setUp() {
  let ids = 0;
  const store = new MemoryStore();
  const newUid = () => `uid-${++ids}`;
  const objects = createObjects({ store, clock: { wall: () => 0 }, newUid, newSuffix: newUid });
  await bootstrap(objects);
  const tolerations = async () => ((await store.get(key))?.object as Pod | undefined)?.spec.tolerations;
  return { objects, tolerations };
}

test('a pod that asks for memory tolerates a node that is short of it; one that asks for nothing does not', async (t) => {
  const one = await setUp();
  t.true((await one.objects.create('pods', pod(asking))).ok);
  t.deepEqual<unknown, unknown>(await one.tolerations(), [pressure]);
  const other = await setUp();
  t.true((await other.objects.create('pods', pod({}))).ok);
  t.is(await other.tolerations(), undefined);
});

test('it is given once, beside the pod’s own, and a manifest that does not say it takes it from nobody', async (t) => {
  const { objects, tolerations } = await setUp();
  const mine = { key: 'mine', operator: 'Exists' };
  t.true((await objects.create('pods', pod(asking, { tolerations: [mine, pressure] }))).ok);
  t.deepEqual<unknown, unknown>(await tolerations(), [mine, pressure]);
  const again = await objects.update(key, pod(asking, { tolerations: [mine] }, { labels: { a: 'b' } }));
  t.true(again.ok, JSON.stringify(again));
  t.deepEqual<unknown, unknown>(await tolerations(), [mine, pressure]);
  const patched = await objects.patch(key, 'merge', { metadata: { labels: { a: 'c' } } });
  t.true(patched.ok);
  t.deepEqual<unknown, unknown>(await tolerations(), [mine, pressure]);
});

test('a mirror shows what its device runs', async (t) => {
  const { objects, tolerations } = await setUp();
  const made = await objects.create('pods', pod(asking, {}, { annotations: { [mirrorAnnotation]: 'static-1' } }));
  t.true(made.ok, JSON.stringify(made));
  t.is(await tolerations(), undefined);
});
