import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { KubeObject } from '../../src/common/model/meta.ts';
import { MemoryStore } from '../../src/common/store/memory-store.ts';
import type { Store, StoreKey } from '../../src/common/store/store.ts';
import { bootstrap, createObjects } from '../../src/master/objects.ts';
import type { Answer } from '../../src/master/ports.ts';

const key = (name: string) => ({ resource: 'pods', namespace: 'default', name });
const pod = (metadata: object, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: { containers: [{ name: 'c', image: 'busybox:1.36' }], ...spec },
});
const configMap = (data: Record<string, string>, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default', ...metadata },
  data,
});

async function setUp(store: Store = new MemoryStore()) {
  let ids = 0;
  const now = { at: Date.parse('2026-01-02T03:04:05Z') };
  const objects = createObjects({
    store,
    clock: { wall: () => now.at },
    newUid: () => `uid-${++ids}`,
    newSuffix: () => `x${++ids}`,
  });
  await bootstrap(objects);
  return { store, objects, now };
}

function value(t: ExecutionContext, answer: Answer<KubeObject>): KubeObject {
  if (!answer.ok) t.fail(JSON.stringify(answer.status));
  return answer.ok ? answer.value : { apiVersion: '', kind: '', metadata: { name: '' } };
}

function refusal(t: ExecutionContext, answer: Answer<KubeObject>): { code: number; reason: string; message: string } {
  if (answer.ok) t.fail(`not refused: ${JSON.stringify(answer.value)}`);
  const { code, reason, message } = (answer.ok ? {} : answer.status) as Record<string, unknown>;
  return { code: Number(code), reason: String(reason), message: String(message) };
}

test('a created object has uid, time, generation and version, and its status is its own', async (t) => {
  const { objects } = await setUp();
  const created = value(t, await objects.create('pods', { ...pod({ uid: 'mine' }), status: { phase: 'Running' } }));
  t.regex(created.metadata.uid ?? '', /^uid-/);
  t.is(created.metadata.creationTimestamp, '2026-01-02T03:04:05Z');
  t.is(created.metadata.generation, 1);
  t.truthy(created.metadata.resourceVersion);
  t.deepEqual(created.status, { phase: 'Pending', qosClass: 'BestEffort' });
});

test('a second object of the same name is refused, also in a dry run', async (t) => {
  const { objects } = await setUp();
  value(t, await objects.create('pods', pod({})));
  const message = 'pods "web" already exists';
  t.deepEqual(refusal(t, await objects.create('pods', pod({}))), { code: 409, reason: 'AlreadyExists', message });
  t.is(refusal(t, await objects.create('pods', pod({}), { dryRun: true })).code, 409);
});

test('a generated name is tried again when it is taken', async (t) => {
  const store = new MemoryStore();
  await setUp(store);
  const suffixes = ['aaaaa', 'aaaaa', 'bbbbb'];
  const same = createObjects({
    store,
    clock: { wall: () => 0 },
    newUid: () => 'u',
    newSuffix: () => suffixes.shift() ?? 'ccccc',
  });
  const unnamed = { ...pod({}), metadata: { generateName: 'web-', namespace: 'default' } };
  t.is(value(t, await same.create('pods', unnamed)).metadata.name, 'web-aaaaa');
  t.is(value(t, await same.create('pods', unnamed)).metadata.name, 'web-bbbbb');
});

test('nothing is created in a namespace that is missing or terminating', async (t) => {
  const { objects } = await setUp();
  t.deepEqual(refusal(t, await objects.create('pods', pod({ namespace: 'nowhere' }))), {
    code: 404,
    reason: 'NotFound',
    message: 'namespaces "nowhere" not found',
  });
  value(t, await objects.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'old' } }));
  const going = value(t, await objects.delete({ resource: 'namespaces', name: 'old' }, {}));
  t.like(going, { status: { phase: 'Terminating' } });
  const { code, message } = refusal(t, await objects.create('pods', pod({ namespace: 'old' })));
  t.is(code, 403);
  t.is(
    message,
    'pods "web" is forbidden: unable to create new content in namespace old because it is being terminated',
  );
});

test('a namespace goes when its finalizer is patched away, not when it is updated', async (t) => {
  const { objects, store } = await setUp();
  const ns = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'old' } };
  const at = { resource: 'namespaces', name: 'old' };
  value(t, await objects.create('namespaces', ns));
  value(t, await objects.delete(at, {}));
  value(t, await objects.update(at, ns));
  t.truthy(await store.get(at));
  value(t, await objects.patch(at, 'merge', { spec: { finalizers: [] } }));
  t.is(await store.get(at), undefined);
});

test('an update counts a generation only when the spec changes, and keeps the status', async (t) => {
  const { objects } = await setUp();
  value(t, await objects.create('pods', pod({})));
  value(t, await objects.updateStatus(key('web'), { status: { phase: 'Running' } }));
  const labelled = value(t, await objects.update(key('web'), pod({ labels: { a: 'b' } })));
  t.like(labelled, { metadata: { generation: 1, labels: { a: 'b' } }, status: { phase: 'Running' } });
  const newer = { containers: [{ name: 'c', image: 'busybox:2' }] };
  t.is(value(t, await objects.update(key('web'), pod({}, newer))).metadata.generation, 2);
});

test('an update that changes nothing writes nothing', async (t) => {
  const { objects } = await setUp();
  const created = value(t, await objects.create('configmaps', configMap({ a: '1' })));
  const at = { resource: 'configmaps', namespace: 'default', name: 'settings' };
  t.deepEqual(value(t, await objects.update(at, configMap({ a: '1' }))), created);
});

test('a stale version or another uid is a conflict', async (t) => {
  const { objects } = await setUp();
  const { metadata } = value(t, await objects.create('pods', pod({})));
  value(t, await objects.update(key('web'), pod({ labels: { a: 'b' } })));
  const stale = await objects.update(key('web'), pod({ resourceVersion: metadata.resourceVersion }));
  t.deepEqual(refusal(t, stale), {
    code: 409,
    reason: 'Conflict',
    message:
      'Operation cannot be fulfilled on pods "web": the object has been modified; please apply your changes to the latest version and try again',
  });
  t.is(refusal(t, await objects.delete(key('web'), { preconditions: { uid: 'other' } })).code, 409);
  const patched = await objects.patch(key('web'), 'merge', { metadata: { resourceVersion: '1' } });
  t.is(refusal(t, patched).code, 409);
});

test('immutable fields, unknown fields and nodeName by update are refused with their path', async (t) => {
  const { objects } = await setUp();
  value(t, await objects.create('pods', pod({})));
  t.regex(refusal(t, await objects.update(key('web'), pod({}, { hostNetwork: true }))).message, /spec: Forbidden/);
  t.regex(refusal(t, await objects.update(key('web'), pod({}, { nodeName: 'pi' }))).message, /spec.nodeName/);
  t.is(refusal(t, await objects.create('pods', pod({ name: 'b' }, { nodeNames: 'pi' }))).code, 422);
  t.is(refusal(t, await objects.update(key('web'), pod({ name: 'other' }))).code, 400);
});

test('a status that is changed while somebody else writes is changed anew, for that uid only', async (t) => {
  const { objects, store } = await setUp();
  const { metadata } = value(t, await objects.create('pods', pod({})));
  const uid = metadata.uid ?? '';
  let asked = 0;
  const gate = { type: 'example.com/gate', status: 'True' };
  const meanwhile = { get: store.get.bind(store) };
  store.get = async (at) => {
    const entry = await meanwhile.get(at);
    // Between the first reading and its writing, a client sets a condition.
    if (asked++ === 0)
      await objects.patch(key('web'), 'merge', { status: { conditions: [gate] } }, { subresource: 'status' });
    return entry;
  };
  const ready = { type: 'Ready', status: 'True' };
  const changed = await objects.changeStatus(key('web'), uid, ({ status }) => {
    const { conditions = [] } = status as { conditions?: unknown[] };
    return { phase: 'Running', conditions: [...conditions, ready] };
  });
  t.deepEqual(value(t, changed).status, { phase: 'Running', conditions: [gate, ready] });
  t.is(refusal(t, await objects.changeStatus(key('web'), 'other', () => ({}))).code, 404);
  const kept = value(t, await objects.changeStatus(key('web'), uid, () => undefined));
  t.deepEqual(kept, value(t, changed));
});

test('an object that an older version has stored without newer defaults can be changed', async (t) => {
  const { objects, store } = await setUp();
  await store.create(key('web'), pod({ uid: 'u' }, { nodeName: 'pi-1', restartPolicy: 'Always' }) as never);
  const labels = { a: 'b' };
  t.like(value(t, await objects.patch(key('web'), 'merge', { metadata: { labels } })).metadata, { labels });
  await store.create(key('old'), pod({ name: 'old' }, { nodeName: 'pi-1' }) as never);
  const resources = { requests: { cpu: '1' } };
  const spec = { containers: [{ name: 'c', resources }] };
  t.regex(
    refusal(t, await objects.patch(key('old'), 'strategic', { spec }, { subresource: 'resize' })).message,
    /Pod QOS Class may not change as a result of resizing$/,
  );
});

test('a resize changes cpu and memory of running containers, counts a generation, and nothing else', async (t) => {
  const { objects } = await setUp();
  const resources = (cpu: string) => ({ requests: { cpu }, limits: { cpu: '1', memory: '1Gi' } });
  const init = { name: 'i', image: 'a', resources: { requests: { cpu: '1m' } } };
  const containers = [{ name: 'c', image: 'busybox:1.36', resources: resources('100m') }];
  value(t, await objects.create('pods', pod({}, { initContainers: [init], containers })));
  const resize = (spec: object) => objects.patch(key('web'), 'strategic', { spec }, { subresource: 'resize' });
  const done = value(t, await resize({ containers: [{ name: 'c', resources: { requests: { cpu: '200m' } } }] }));
  t.like(done, { metadata: { generation: 2 }, spec: { containers: [{ resources: resources('200m') }] } });
  const refused = async (spec: object) => refusal(t, await resize(spec)).message;
  const only = (fields: object) => ({ containers: [{ name: 'c', ...fields }] });
  t.regex(await refused(only({ image: 'b' })), /spec: Forbidden: only cpu and memory resources are mutable/);
  t.regex(
    await refused(only({ resources: { requests: { cpu: '2' } } })),
    /must be less than or equal to cpu limit of 1/,
  );
  t.regex(await refused(only({ resources: { limits: { memory: null } } })), /resource limits cannot be removed/);
  const other = { containers: [{ name: 'd', image: 'a' }] };
  t.regex(await refused(other), /containers may not be added or removed on resize/);
  const initial = { initContainers: [{ name: 'i', resources: { requests: { cpu: '2m' } } }] };
  t.regex(await refused(initial), /resources for non-sidecar init containers are immutable/);
  t.is(refusal(t, await objects.resize({ resource: 'configmaps', namespace: 'default', name: 'a' }, {})).code, 404);
  const whole = await objects.resize(key('web'), pod({}, { initContainers: [init], containers }));
  t.like(value(t, whole), { metadata: { generation: 3 }, spec: { containers: [{ resources: resources('100m') }] } });
  const { message } = refusal(
    t,
    await objects.update(key('web'), pod({}, { containers: [{ name: 'c', image: 'a' }] })),
  );
  t.regex(message, /pod updates may not add or remove containers/);
});

test('a resize may not change the class of a pod, and a static pod is not resized', async (t) => {
  const { objects } = await setUp();
  const containers = [
    {
      name: 'c',
      image: 'a',
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } },
    },
  ];
  value(t, await objects.create('pods', pod({}, { containers })));
  const equal = { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '2' } } }] } };
  t.regex(
    refusal(t, await objects.patch(key('web'), 'strategic', equal, { subresource: 'resize' })).message,
    /spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing/,
  );
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  const mirror = { ...pod({}, { containers }), metadata: { name: 'mirror', namespace: 'default', annotations } };
  value(t, await objects.create('pods', mirror));
  t.regex(
    refusal(t, await objects.patch(key('mirror'), 'strategic', equal, { subresource: 'resize' })).message,
    /static pods cannot be resized/,
  );
});

test('a pod is bound once for its uid', async (t) => {
  const { objects } = await setUp();
  const { metadata } = value(t, await objects.create('pods', pod({})));
  t.is(refusal(t, await objects.bind(key('web'), 'another', 'pi-1')).code, 409);
  const bound = value(t, await objects.bind(key('web'), metadata.uid ?? '', 'pi-1'));
  t.like(bound, { spec: { nodeName: 'pi-1' }, status: { phase: 'Pending' } });
  t.regex(refusal(t, await objects.bind(key('web'), metadata.uid ?? '', 'pi-2')).message, /already assigned to node/);
});

test('a pod without a node goes at once; one on a node gets its time, which only shortens', async (t) => {
  const { objects, store } = await setUp();
  value(t, await objects.create('pods', pod({ name: 'free' })));
  value(t, await objects.delete(key('free'), {}));
  t.is(await store.get(key('free')), undefined);

  const { metadata } = value(t, await objects.create('pods', pod({})));
  value(t, await objects.bind(key('web'), metadata.uid ?? '', 'pi-1'));
  const ending = value(t, await objects.delete(key('web'), {}));
  t.like(ending.metadata, { deletionTimestamp: '2026-01-02T03:04:35Z', deletionGracePeriodSeconds: 30 });
  t.deepEqual(value(t, await objects.delete(key('web'), { gracePeriodSeconds: 60 })), ending);
  const sooner = value(t, await objects.delete(key('web'), { gracePeriodSeconds: 5 }));
  t.like(sooner.metadata, { deletionTimestamp: '2026-01-02T03:04:10Z', deletionGracePeriodSeconds: 5 });
  const kept = value(
    t,
    await objects.patch(key('web'), 'merge', { metadata: { deletionTimestamp: null, labels: { a: 'b' } } }),
  );
  t.is(kept.metadata.deletionTimestamp, '2026-01-02T03:04:10Z');
  value(t, await objects.delete(key('web'), { gracePeriodSeconds: 0 }));
  t.is(await store.get(key('web')), undefined);
});

test('finalizers keep a deleted object until the last is removed; no new ones come', async (t) => {
  const { objects, store } = await setUp();
  const at = { resource: 'configmaps', namespace: 'default', name: 'settings' };
  value(t, await objects.create('configmaps', configMap({}, { finalizers: ['example.com/keep'] })));
  value(t, await objects.delete(at, { propagationPolicy: 'Foreground' }));
  const held = await store.get(at);
  t.deepEqual(held?.object.metadata.finalizers, ['example.com/keep', 'foregroundDeletion']);
  const more = await objects.patch(at, 'merge', { metadata: { finalizers: ['example.com/more'] } });
  t.is(refusal(t, more).code, 422);
  value(t, await objects.patch(at, 'merge', { metadata: { finalizers: ['foregroundDeletion'] } }));
  t.truthy(await store.get(at));
  value(t, await objects.patch(at, 'merge', { metadata: { finalizers: null } }));
  t.is(await store.get(at), undefined);
});

test('an object over the limit is refused with both sizes', async (t) => {
  const { objects } = await setUp(new MemoryStore({ maxBytes: 2_000 }));
  const { code, message } = refusal(t, await objects.create('configmaps', configMap({ a: 'x'.repeat(3_000) })));
  t.is(code, 413);
  t.regex(message, /\b3\d\d\d bytes, the limit is 2000 bytes/);
});

test('an unknown resource is not found, with the nearest known one', async (t) => {
  const { objects } = await setUp();
  const { code, message } = refusal(t, await objects.create('podz', pod({})));
  t.is(code, 404);
  t.regex(message, /did you mean "pods?"/);
});

test('a dry run answers as the request would and writes nothing', async (t) => {
  const { objects, store } = await setUp();
  value(t, await objects.create('pods', pod({}), { dryRun: true }));
  t.is(await store.get(key('web')), undefined);
});

test('patches from any number of writers all take effect, each once', async (t) => {
  const writer = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), writer, writer, async (scheduler, first, second) => {
      const inner = new MemoryStore();
      const { get, update } = bound(inner);
      const store: Store = {
        maxBytes: inner.maxBytes,
        ...bound(inner),
        get: async (at) => await scheduler.schedule(get(at)),
        update: async (...args) => await scheduler.schedule(Promise.resolve()).then(() => update(...args)),
      };
      const setting = setUp(store);
      await scheduler.waitFor(setting);
      const { objects } = await setting;
      await scheduler.waitFor(objects.create('configmaps', configMap({})));
      const at = { resource: 'configmaps', namespace: 'default', name: 'settings' };
      const run = async (name: string, counts: readonly number[]) => {
        for (const [i, n] of counts.entries()) {
          const answer = await objects.patch(at, 'merge', { data: { [`${name}${i}`]: String(n) } });
          if (!answer.ok) throw new Error(String(answer.status['message']));
        }
      };
      await scheduler.waitFor(Promise.all([run('a', first), run('b', second)]));
      const wanted = Object.fromEntries([
        ...first.map((n, i) => [`a${i}`, String(n)]),
        ...second.map((n, i) => [`b${i}`, String(n)]),
      ]);
      t.deepEqual((await inner.get(at))?.object['data'], wanted);
    }),
    { numRuns: 50 },
  );
});

/** The store's functions, apart from the object that they belong to. */
function bound(store: Store): Omit<Store, 'maxBytes'> {
  return {
    create: store.create.bind(store),
    update: store.update.bind(store),
    delete: store.delete.bind(store),
    get: store.get.bind(store),
    list: store.list.bind(store),
    watch: store.watch.bind(store),
  };
}

test('what is known of an object is decided on first, and read anew when it is too old or would be refused', async (t) => {
  const store = new MemoryStore();
  const reads: string[] = [];
  const counted: Store = Object.assign(Object.create(store) as Store, {
    get: async (key: StoreKey) => {
      reads.push(key.name);
      return await store.get(key);
    },
    create: store.create.bind(store),
    update: store.update.bind(store),
    delete: store.delete.bind(store),
  });
  const known = new Map<string, KubeObject>();
  const objects = createObjects({
    store: counted,
    clock: { wall: () => 0 },
    newUid: () => 'uid-1',
    newSuffix: () => 'x',
    held: ({ name }) => known.get(name),
  });
  const made = await objects.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
  if (!made.ok) return t.fail();
  known.set('n', made.value);
  const at = { resource: 'namespaces', name: 'n' };
  const label = (value: string) => objects.patch(at, 'merge', { metadata: { labels: { a: value } } });
  t.true((await label('1')).ok);
  t.deepEqual(reads, []);
  t.true((await label('2')).ok);
  t.deepEqual(reads, ['n'], 'what is known is older than the first patch');
  const again = await label('2');
  t.is(again.ok && again.value.metadata.labels?.['a'], '2');
  known.set('n', { ...made.value, metadata: { ...made.value.metadata, labels: { a: '3' } } });
  const kept = await label('3');
  t.is(kept.ok && kept.value.metadata.labels?.['a'], '3', 'that nothing changes is not believed of what may be old');
  t.is((await store.get(at))?.object.metadata.labels?.['a'], '3');
});
