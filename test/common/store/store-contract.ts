/** What every Store must do. Each implementation's test file runs it. */
import type { TestFn } from 'ava';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { type Change, type Revision, type Store, StoreError, type StoreKey } from '../../../src/common/store/store.ts';
import { keyText } from '../../../src/common/store/store-key.ts';

export type StoreUnderTest = {
  readonly store: Store;
  /** Makes the store forget enough for a watch from revision `before` to be `gone`; at least one deletion came after. */
  forget(): Promise<void>;
};

/** A pod with a payload that tells one write from another. */
export function pod(name: string, data: unknown = 0): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, data };
}

export function podKey(name: string, namespace = 'default'): StoreKey {
  return { resource: 'pods', namespace, name };
}

/** Reads changes until `enough`, then ends the watch. */
export async function readUntil(
  store: Store,
  after: Revision,
  enough: (change: Change, all: readonly Change[]) => boolean,
  scope: Parameters<Store['watch']>[0] = {},
): Promise<readonly Change[]> {
  const end = new AbortController();
  const all: Change[] = [];
  for await (const change of store.watch(scope, after, end.signal)) {
    if (change.type === 'bookmark') continue;
    all.push(change);
    if (enough(change, all)) end.abort();
  }
  return all;
}

/** Checks the store's promises. `open` gives an empty store each time. */
export function storeContract(test: TestFn, name: string, open: () => Promise<StoreUnderTest>): void {
  const refused = (code: StoreError['code']) => ({ instanceOf: StoreError, code });

  test(`${name}: an object comes back with its revision stamped on it`, async (t) => {
    const { store } = await open();
    const revision = await store.create(podKey('a'), {
      ...pod('a', { deep: [1, 'ü'] }),
      metadata: { name: 'a', resourceVersion: '7' },
    });
    t.deepEqual(await store.get(podKey('a')), {
      key: podKey('a'),
      revision,
      object: {
        ...pod('a', { deep: [1, 'ü'] }),
        metadata: { name: 'a', resourceVersion: String(revision) },
      },
    });
    t.is(await store.get(podKey('b')), undefined);
  });

  test(`${name}: what is handed in later changed, or handed out, does not change what is stored`, async (t) => {
    const { store } = await open();
    const object = pod('a', { n: 1 });
    await store.create(podKey('a'), object);
    object.data = { n: 2 };
    t.deepEqual((await store.get(podKey('a')))?.object.data, { n: 1 });
    t.true(Object.isFrozen((await store.get(podKey('a')))?.object.data));
  });

  test(`${name}: a second create of a key is refused, one after its deletion is not`, async (t) => {
    const { store } = await open();
    const first = await store.create(podKey('a'), pod('a'));
    await t.throwsAsync(store.create(podKey('a'), pod('a')), refused('exists'));
    const deleted = await store.delete(podKey('a'), first);
    const second = await store.create(podKey('a'), pod('a'));
    t.true(first < deleted && deleted < second);
  });

  test(`${name}: an update or deletion with any but the last revision is a conflict`, async (t) => {
    const { store } = await open();
    const first = await store.create(podKey('a'), pod('a', 1));
    const second = await store.update(podKey('a'), pod('a', 2), first);
    for (const stale of [0, -1, first, second + 1, Number.NaN]) {
      await t.throwsAsync(store.update(podKey('a'), pod('a', 3), stale), refused('conflict'));
      await t.throwsAsync(store.delete(podKey('a'), stale), refused('conflict'));
    }
    t.deepEqual((await store.get(podKey('a')))?.object.data, 2);
    await store.delete(podKey('a'), second);
    await t.throwsAsync(store.update(podKey('a'), pod('a', 3), second), refused('conflict'));
    await t.throwsAsync(store.delete(podKey('a'), second), refused('conflict'));
    await t.throwsAsync(store.update(podKey('never'), pod('never'), 1), refused('conflict'));
    t.is(await store.get(podKey('a')), undefined);
  });

  test(`${name}: of many writers with the same revision exactly one wins`, async (t) => {
    const { store } = await open();
    const revision = await store.create(podKey('a'), pod('a'));
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => store.update(podKey('a'), pod('a', n), revision)),
    );
    t.is(results.filter((result) => result.status === 'fulfilled').length, 1);
    for (const result of results) if (result.status === 'rejected') t.is(result.reason.code, 'conflict');
  });

  test(`${name}: lists and watches take in their scope only`, async (t) => {
    const { store } = await open();
    const keys: StoreKey[] = [
      podKey('a'),
      podKey('a', 'other'),
      podKey('a.b.c'),
      { resource: 'nodes', name: 'pi.example.org' },
      { resource: 'configmaps', namespace: 'default', name: 'a' },
    ];
    for (const key of keys) await store.create(key, pod(key.name));
    const names = async (scope: Parameters<Store['list']>[0]) =>
      (await store.list(scope)).entries.map((entry) => keyText(entry.key)).sort();
    t.deepEqual(await names({}), keys.map(keyText).sort());
    t.deepEqual(await names({ resource: 'pods', namespace: 'default' }), ['pods.default.a', 'pods.default.a_b_c']);
    t.deepEqual(await names({ resource: 'nodes' }), ['nodes.-.pi_example_org']);
    t.deepEqual(await names({ namespace: 'default' }), [
      'configmaps.default.a',
      'pods.default.a',
      'pods.default.a_b_c',
    ]);
    t.deepEqual(await names({ resource: 'secrets' }), []);
    const seen = await readUntil(store, 0, (change) => change.key.name === 'a.b.c', { resource: 'pods' });
    t.deepEqual(
      seen.map((change) => change.key),
      [podKey('a'), podKey('a', 'other'), podKey('a.b.c')],
    );
  });

  test(`${name}: a list carries the revision to watch on from`, async (t) => {
    const { store } = await open();
    t.deepEqual(await store.list({}), { entries: [], revision: 0 });
    const first = await store.create(podKey('a'), pod('a'));
    const other = await store.create(podKey('b', 'other'), pod('b'));
    t.is((await store.list({ namespace: 'default' })).revision, other);
    const gone = await store.delete(podKey('b', 'other'), other);
    const list = await store.list({});
    t.is(list.revision, gone);
    t.deepEqual(
      list.entries.map((entry) => entry.revision),
      [first],
    );
    const next = await store.update(podKey('a'), pod('a', 1), first);
    const seen = await readUntil(store, list.revision, () => true);
    t.deepEqual(
      seen.map((change) => change.revision),
      [next],
    );
  });

  test(`${name}: a watch sees later writes and deletions in order, and ends when aborted`, async (t) => {
    const { store } = await open();
    const watched = readUntil(store, 0, (change) => change.type === 'deleted');
    const first = await store.create(podKey('a'), pod('a', 1));
    const second = await store.create(podKey('b'), pod('b', 1));
    const third = await store.delete(podKey('a'), first);
    const seen = await watched;
    t.like(seen.at(-1), { type: 'deleted', key: podKey('a'), revision: third });
    t.true(seen.some((change) => change.type === 'put' && change.revision === second));
    t.deepEqual(
      seen.map((change) => change.revision),
      seen.map((change) => change.revision).sort((a, b) => a - b),
    );
    const end = new AbortController();
    end.abort();
    for await (const change of store.watch({}, 0, end.signal)) t.fail(`saw ${change.revision} after the abort`);
  });

  test(`${name}: a watch from the past sees the last state of every key that changed since`, async (t) => {
    const { store } = await open();
    let revision = await store.create(podKey('a'), pod('a', 0));
    const gone = await store.create(podKey('b'), pod('b'));
    for (let n = 1; n <= 5; n += 1) revision = await store.update(podKey('a'), pod('a', n), revision);
    const deleted = await store.delete(podKey('b'), gone);
    const seen = await readUntil(store, gone, (change) => change.revision === deleted);
    t.like(seen.filter((change) => change.key.name === 'a').at(-1), { type: 'put', revision, object: { data: 5 } });
    t.like(seen.at(-1), { type: 'deleted', key: podKey('b') });
    t.true(seen.every((change) => change.revision > gone));
  });

  test(`${name}: what a watch has told when a bookmark comes is the state at its revision`, async (t) => {
    const { store } = await open();
    const names = ['a', 'b', 'c', 'd'];
    const last = new Map<string, Revision>();
    for (const name of names) last.set(name, await store.create(podKey(name), pod(name)));
    const written: { readonly name: string; readonly revision: Revision }[] = [];
    const rewrite = async (name: string): Promise<void> => {
      for (let count = 0; count < 20; count += 1) {
        const revision = await store.update(podKey(name), pod(name, { count }), last.get(name) ?? 0);
        written.push({ name, revision });
        last.set(name, revision);
      }
    };
    const end = new AbortController();
    const told = new Map<string, Revision>();
    const marks: { readonly revision: Revision; readonly told: ReadonlyMap<string, Revision> }[] = [];
    const following = (async () => {
      for await (const change of store.watch({}, 0, end.signal)) {
        if (change.type !== 'bookmark') told.set(change.key.name, change.revision);
        else marks.push({ revision: change.revision, told: new Map(told) });
        if (change.type === 'bookmark' && told.has('end')) end.abort();
      }
    })();
    await Promise.all(names.map(rewrite));
    await store.create(podKey('end'), pod('end'));
    await following;
    t.true(marks.length > 0);
    for (const mark of marks) {
      const missing = written.filter(
        ({ name, revision }) => revision <= mark.revision && (mark.told.get(name) ?? 0) < revision,
      );
      t.deepEqual(missing, []);
    }
  });

  test(`${name}: a watch from a revision that is forgotten, or not yet there, is gone`, async (t) => {
    const { store, forget } = await open();
    const first = await store.create(podKey('a'), pod('a'));
    await store.delete(podKey('a'), first);
    await forget();
    await t.throwsAsync(
      readUntil(store, first, () => true),
      refused('gone'),
    );
    const { revision } = await store.list({});
    await t.throwsAsync(
      readUntil(store, revision + 1, () => true),
      refused('gone'),
    );
    const next = store.create(podKey('b'), pod('b'));
    const seen = await readUntil(store, revision, () => true);
    t.is(seen[0]?.revision, await next);
  });

  test(`${name}: a large value is stored, a larger one refused with both sizes`, async (t) => {
    const { store } = await open();
    const fill = store.maxBytes - JSON.stringify(pod('a', '')).length;
    const revision = await store.create(podKey('a'), pod('a', 'x'.repeat(fill)));
    t.is((await store.get(podKey('a')))?.revision, revision);
    t.is((await store.list({})).entries[0]?.object.data, 'x'.repeat(fill));
    const error = await t.throwsAsync(
      store.update(podKey('a'), pod('a', 'x'.repeat(fill + 1)), revision),
      refused('too-large'),
    );
    t.regex(error?.message ?? '', new RegExp(`${store.maxBytes + 1} bytes.*${store.maxBytes}`));
  });

  test(`${name}: any story of writes ends as the model says, for readers, lists and watchers`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), fc.nat(20), async (operations, cut) => {
        const { store } = await open();
        const { last, final, middle, surprises } = await play(store, operations, cut);
        t.deepEqual(surprises, []);
        const { entries, revision } = await store.list({});
        t.is(revision, last);
        t.deepEqual(Object.fromEntries(entries.map((entry) => [entry.key.name, entry.object.data])), final);
        for (const from of [{ revision: 0, state: {} as States }, middle]) {
          if (from.revision === last) continue;
          const seen = await readUntil(store, from.revision, (change) => change.revision === last);
          t.deepEqual(replay(from.state, seen), final);
        }
      }),
      { numRuns: 25 },
    );
  });
}

type Operation = { readonly name: string; readonly act: string; readonly n: number };
const operation = fc.record({
  name: fc.constantFrom('a', 'b', 'c.d'),
  act: fc.constantFrom('create', 'update', 'update', 'delete', 'stale'),
  n: fc.nat(99),
});

/** Performs the operations on the store and on a model: where both end, and each answer that was not the model's. */
async function play(store: Store, operations: readonly Operation[], cut: number) {
  const model = new Map<string, { revision: Revision; data: unknown }>();
  const surprises: string[] = [];
  let last = 0;
  let middle = { revision: 0, state: {} as States };
  for (const [index, { name, act, n }] of operations.entries()) {
    const known = model.get(name);
    const expected = (known?.revision ?? 1) + (act === 'stale' ? 1_000 : 0);
    const written = await perform(store, act, name, n, expected).catch((error: StoreError) => error.code);
    const answer = typeof written === 'number' && written > last ? 'written' : written;
    const right = rightAnswer(act, known !== undefined);
    if (answer !== right) surprises.push(`${index} ${act} ${name}: ${answer}, not ${right}`);
    if (typeof written === 'number') {
      last = written;
      if (act === 'delete') model.delete(name);
      else model.set(name, { revision: written, data: n });
    }
    if (index === cut) middle = { revision: last, state: states(model) };
  }
  return { last, final: states(model), middle, surprises };
}

function rightAnswer(act: string, known: boolean): string {
  if (act === 'create') return known ? 'exists' : 'written';
  return known && act !== 'stale' ? 'written' : 'conflict';
}

function perform(store: Store, act: string, name: string, n: number, expected: Revision): Promise<Revision> {
  if (act === 'create') return store.create(podKey(name), pod(name, n));
  if (act === 'delete') return store.delete(podKey(name), expected);
  return store.update(podKey(name), pod(name, n), expected);
}

/** What each key holds. */
type States = Readonly<Record<string, unknown>>;

function states(model: ReadonlyMap<string, { readonly data: unknown }>): States {
  return Object.fromEntries([...model].map(([name, { data }]) => [name, data]));
}

function replay(from: States, changes: readonly Change[]): States {
  const state = new Map(Object.entries(from));
  for (const change of changes) {
    if (change.type === 'put') state.set(change.key.name, change.object.data);
    else state.delete(change.key.name);
  }
  return Object.fromEntries(state);
}
