import test from 'ava';
import fc from 'fast-check';
import { createWantedSet } from '../../../../src/agent/actors/sources/wanted-set.ts';
import type { PodSource } from '../../../../src/agent/core/sources/pod-source.ts';
import { aPod } from '../../../support/pod-builder.ts';

const sources: readonly PodSource[] = ['master', 'file', 'http', 'local'];
const change = fc.record({
  source: fc.constantFrom(...sources),
  name: fc.constantFrom('a', 'b', 'c'),
  version: fc.integer({ min: 1, max: 3 }),
  removed: fc.boolean(),
});

const entry = (source: PodSource, name: string, version: number) => {
  const pod = aPod(name);
  const uid = `${source}-${name}-${version}`;
  return { key: `pods/default/${name}`, digest: uid, object: { ...pod, metadata: { ...pod.metadata, uid } } };
};

test('each source replaces only its own set, each name is run once, and who wanted it first keeps it', (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const wanted = createWantedSet();
      /** What each source wants, and for each name the sources in the order in which they came. */
      const model = new Map<string, Map<PodSource, string>>();
      for (const { source, name, version, removed } of changes) {
        const rivals = model.get(name) ?? new Map<PodSource, string>();
        model.set(name, rivals);
        const made = entry(source, name, version);
        if (removed) wanted.remove(source, made.key);
        else wanted.set(source, made);
        if (removed) rivals.delete(source);
        else rivals.set(source, made.digest);
      }
      const first = [...model.values()].flatMap((rivals) => [...rivals.values()].slice(0, 1));
      t.deepEqual(
        wanted
          .pods()
          .map(({ uid }) => uid)
          .sort(),
        first.sort(),
      );
      const all = [...model.values()].flatMap((rivals) => [...rivals.values()]);
      t.deepEqual(
        wanted
          .claims()
          .map(({ pod }) => pod.metadata.uid ?? '')
          .sort(),
        all.sort(),
      );
      for (const uid of all) t.is(wanted.hasPod(uid), first.includes(uid));
    }),
  );
});
