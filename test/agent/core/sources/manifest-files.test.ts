import test from 'ava';
import fc from 'fast-check';
import {
  type ManifestMemory,
  type ReadManifest,
  type Settled,
  settleManifests,
} from '../../../../src/agent/core/sources/manifest-files.ts';
import type { Pod } from '../../../../src/common/model/pod.ts';
import { aPod } from '../../../support/pod-builder.ts';

const pod = (name: string, version = 1): Pod => {
  const made = aPod(name);
  return { ...made, metadata: { ...made.metadata, uid: `file-${name}-${version}` } };
};
const good = (name: string, ...pods: readonly Pod[]): ReadManifest => ({
  name,
  hash: pods.map(({ metadata }) => metadata.uid).join(),
  pods,
  problems: [],
});
const bad = (name: string, ...pods: readonly Pod[]): ReadManifest => ({
  ...good(name, ...pods),
  hash: `bad ${name}`,
  problems: [`${name}:1: wrong`],
});
const uids = ({ pods }: Pick<Settled, 'pods'>) => pods.map(({ metadata }) => metadata.uid);
const none: ManifestMemory = new Map();

test('a file that becomes bad keeps its pods, and is told only when it stays bad for a second', (t) => {
  const first = settleManifests(none, [good('a', pod('web'))], 0);
  const doubted = settleManifests(first.memory, [bad('a')], 1000);
  t.deepEqual(uids(doubted), ['file-web-1']);
  t.deepEqual(doubted.problems, []);
  t.is(doubted.again, 2000);
  const told = settleManifests(doubted.memory, [bad('a')], 2000);
  t.deepEqual(uids(told), ['file-web-1']);
  t.deepEqual(told.problems, ['a:1: wrong']);
  t.is(told.again, undefined);
  const later = settleManifests(told.memory, [bad('a')], 90_000);
  t.deepEqual([uids(later), later.problems], [['file-web-1'], ['a:1: wrong']], 'it stays so');
  const mended = settleManifests(later.memory, [good('a', pod('web', 2))], 90_001);
  t.deepEqual([uids(mended), mended.problems], [['file-web-2'], []]);
});

test('the good documents of a bad file are run beside what the bad ones were before', (t) => {
  const first = settleManifests(none, [good('a', pod('one'), pod('two'))], 0);
  const doubted = settleManifests(first.memory, [bad('a', pod('one', 2))], 10);
  t.deepEqual(uids(doubted), ['file-one-1', 'file-two-1']);
  t.deepEqual(uids(settleManifests(doubted.memory, [bad('a', pod('one', 2))], 1010)), ['file-one-2', 'file-two-1']);
});

test('an emptied file is doubted for a second, a missing one for a moment', (t) => {
  const first = settleManifests(none, [good('a', pod('web'))], 0);
  const emptied = settleManifests(first.memory, [good('a')], 10);
  t.deepEqual(uids(emptied), ['file-web-1']);
  t.deepEqual(uids(settleManifests(emptied.memory, [good('a')], 1010)), []);
  const missing = settleManifests(first.memory, [], 10);
  t.deepEqual(uids(missing), ['file-web-1']);
  const gone = settleManifests(missing.memory, [], 60);
  t.deepEqual([uids(gone), gone.memory.size], [[], 0]);
  t.deepEqual(uids(settleManifests(missing.memory, [good('a', pod('web'))], 30)), ['file-web-1'], 'it was replaced');
});

test('of pods of one name in two files the first by name is run and the other told', (t) => {
  const settled = settleManifests(none, [good('b', pod('web', 2)), good('a', pod('web'))], 0);
  t.deepEqual(uids(settled), ['file-web-1']);
  t.deepEqual(settled.problems, ['b: metadata.name: pod default/web is defined twice; the one in a is run']);
});

test('of pods of one name in one file the first is run and the other told', (t) => {
  const settled = settleManifests(none, [good('a', pod('web'), pod('web', 2))], 0);
  t.deepEqual(uids(settled), ['file-web-1']);
  t.deepEqual(settled.problems, ['a: metadata.name: pod default/web is defined twice; its first document is run']);
});

test('of too many pods those of the first files are run', (t) => {
  const many = Array.from({ length: 300 }, (_, at) => String(at).padStart(3, '0'));
  const first = good('a', ...many.map((name) => pod(`a${name}`)));
  const { pods, problems } = settleManifests(none, [first, good('b', ...many.map((name) => pod(`b${name}`)))], 0);
  t.is(pods.length, 500);
  t.is(problems[0], 'b: more than 500 pods; default/b200 is not run');
});

const files = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    pods: fc.uniqueArray(fc.constantFrom('w', 'x', 'y', 'z'), { maxLength: 3 }),
    version: fc.integer({ min: 1, max: 2 }),
    bad: fc.boolean(),
  }),
  { selector: ({ name }) => name },
);
const asFile = ({ name, pods, version, bad: isBad }: { name: string; pods: string[]; version: number; bad: boolean }) =>
  (isBad ? bad : good)(name, ...pods.map((one) => pod(one, version)));

test('whatever happened before, files that stay good mean exactly their pods, each name once', (t) => {
  fc.assert(
    fc.property(fc.array(files, { maxLength: 6 }), files, (history, last) => {
      let memory = none;
      let now = 0;
      for (const state of history) {
        now += 400;
        ({ memory } = settleManifests(memory, state.map(asFile), now));
      }
      const finally_ = last.map((file) => asFile({ ...file, bad: false }));
      settleManifests(memory, finally_, now);
      const doubted = settleManifests(memory, finally_, now + 1);
      const settled = settleManifests(doubted.memory, finally_, now + 2000);
      const names = [...new Set(last.flatMap(({ pods }) => pods))].sort();
      t.deepEqual(settled.pods.map(({ metadata }) => metadata.name).sort(), names);
      t.is(settled.again, undefined);
    }),
  );
});

test('a bad file never takes a pod away and never hides the others', (t) => {
  fc.assert(
    fc.property(
      files,
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.integer({ min: 0, max: 5000 }),
      (state, broken, after) => {
        const before = settleManifests(
          none,
          state.map((file) => asFile({ ...file, bad: false })),
          0,
        );
        const next = state.map((file) =>
          asFile({ ...file, bad: file.name === broken, pods: file.name === broken ? [] : file.pods }),
        );
        const doubted = settleManifests(before.memory, next, 10);
        const now = settleManifests(doubted.memory, next, 10 + after);
        t.deepEqual(uids(now).sort(), uids(before).sort());
      },
    ),
  );
});
