import test from 'ava';
import type { KubeObject } from '../../src/common/model/meta.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import { MemoryStore } from '../../src/common/store/memory-store.ts';
import { bootstrap, createObjects } from '../../src/master/objects.ts';

async function setUp() {
  let ids = 0;
  const store = new MemoryStore();
  let classes: readonly KubeObject[] = [];
  const objects = createObjects({
    store,
    clock: { wall: () => 0 },
    newUid: () => `uid-${++ids}`,
    newSuffix: () => `x${++ids}`,
    listed: (resource) => (resource === 'priorityclasses' ? classes : []),
  });
  await bootstrap(objects);
  const makeClass = async (name: string, value: number, more: object = {}) => {
    const metadata = { name };
    const made = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, value, ...more };
    const answer = await objects.create('priorityclasses', made);
    classes = (await store.list({ resource: 'priorityclasses' })).entries.map(({ object }) => object);
    return answer.ok ? 'made' : String(answer.status['message']);
  };
  const makePod = async (spec: object): Promise<Pod['spec'] | string> => {
    const containers = [{ name: 'c', image: 'a:1' }];
    const made = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'p-', namespace: 'default' } };
    const answer = await objects.create('pods', { ...made, spec: { containers, ...spec } });
    return answer.ok ? (answer.value as Pod).spec : String(answer.status['message']);
  };
  const rank = async (spec: object) => {
    const pod = await makePod(spec);
    if (typeof pod === 'string') return pod;
    return [pod.priorityClassName, pod.priority, pod.preemptionPolicy];
  };
  return { objects, makeClass, rank };
}

test('a pod has the priority of the class that it names, else of the default, else 0', async (t) => {
  const { makeClass, rank } = await setUp();
  t.deepEqual(await rank({}), [undefined, 0, 'PreemptLowerPriority']);
  t.deepEqual(await rank({ priorityClassName: 'system-node-critical' }), [
    'system-node-critical',
    2_000_001_000,
    'PreemptLowerPriority',
  ]);
  t.is(await makeClass('usual', 7, { globalDefault: true, preemptionPolicy: 'Never' }), 'made');
  t.deepEqual(await rank({}), ['usual', 7, 'Never']);
  t.deepEqual(await rank({ priority: 7 }), ['usual', 7, 'Never']);
});

test('a pod that names an unknown class, or says another priority than its class, is refused', async (t) => {
  const { rank } = await setUp();
  const named = /^pods "p-x\d+" is forbidden: no PriorityClass with name nope was found$/;
  t.regex(String(await rank({ priorityClassName: 'nope' })), named);
  t.regex(
    String(await rank({ priority: 5 })),
    /integer value of priority \(5\) must not be provided in pod spec; .* computed 0 /,
  );
  t.regex(
    String(await rank({ preemptionPolicy: 'Never' })),
    /PreemptionPolicy \(Never\) .* computed PreemptLowerPriority /,
  );
});

test('classes keep within their range, their value, and one default', async (t) => {
  const { makeClass, objects } = await setUp();
  t.regex(
    await makeClass('much', 1_000_000_001),
    /value: Forbidden: maximum allowed value of a user defined priority is 1000000000/,
  );
  t.regex(await makeClass('least', -(2 ** 31) - 1), /value: /);
  t.regex(await makeClass('system-mine', 1), /reserved for system use only/);
  t.is(await makeClass('most', 1_000_000_000), 'made');
  t.is(await makeClass('one', 1, { globalDefault: true }), 'made');
  t.regex(await makeClass('two', 2, { globalDefault: true }), /PriorityClass one is already marked as default/);
  const key = { resource: 'priorityclasses', name: 'most' };
  const other = await objects.patch(key, 'merge', { value: 3 });
  t.regex(other.ok ? '' : String(other.status['message']), /value: Forbidden: may not be changed in an update/);
  const second = await objects.patch(key, 'merge', { globalDefault: true });
  t.regex(second.ok ? '' : String(second.status['message']), /already marked as default/);
  t.true((await objects.patch(key, 'merge', { description: 'much' })).ok);
});
