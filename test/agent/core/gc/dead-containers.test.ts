import test from 'ava';
import fc from 'fast-check';
import { deadParts } from '../../../../src/agent/core/gc/dead-containers.ts';
import { podLabels } from '../../../../src/agent/core/pod/pod-labels.ts';
import type { ContainerState, RuntimeContainer, Sandbox } from '../../../../src/agent/core/runtime-model.ts';

const labelsOf = (uid: string) => podLabels({ namespace: 'default', name: uid, uid });
const container = (uid: string, name: string, attempt: number, state: ContainerState, box = 0): RuntimeContainer => ({
  ...{ id: `${uid}-${name}-${attempt}`, sandboxId: `${uid}-${box}`, name, attempt, state },
  ...{ image: 'i', imageRef: 'i', createdAt: attempt, labels: labelsOf(uid), annotations: {} },
});
const sandbox = (uid: string, attempt: number, ready: boolean): Sandbox => ({
  ...{ id: `${uid}-${attempt}`, name: uid, namespace: 'default', uid, attempt, ready, createdAt: attempt },
  ...{ labels: labelsOf(uid), annotations: {} },
});
const ids = (parts: readonly { readonly id: string }[]) => parts.map(({ id }) => id).sort();

test('of each container the newest attempt stays, and as many dead ones beside it as are to be kept', (t) => {
  const containers = [
    container('a', 'main', 3, 'running', 1),
    container('a', 'main', 2, 'exited', 0),
    container('a', 'main', 1, 'exited', 0),
    container('a', 'job', 0, 'exited', 0),
  ];
  const sandboxes = [sandbox('a', 1, true), sandbox('a', 0, false)];
  t.deepEqual(ids(deadParts({ containers, sandboxes }, { perContainer: 1, total: -1 }).containers), ['a-main-1']);
  const none = deadParts({ containers, sandboxes }, { perContainer: 0, total: -1 });
  t.deepEqual(ids(none.containers), ['a-main-1', 'a-main-2']);
  t.deepEqual(none.sandboxes, [], 'one that holds a container stays');
  const without = containers.filter(({ name }) => name === 'main');
  t.deepEqual(ids(deadParts({ containers: without, sandboxes }, { perContainer: 0, total: -1 }).sandboxes), ['a-0']);
});

test('of a pod that has ended for good the newest attempts go too', (t) => {
  const containers = [
    container('a', 'main', 1, 'exited'),
    container('a', 'main', 0, 'exited'),
    container('a', 'side', 0, 'running'),
    container('b', 'main', 0, 'exited'),
  ];
  const dead = deadParts({ containers, sandboxes: [] }, { perContainer: 0, total: 0 }, new Set(['a']));
  t.deepEqual(ids(dead.containers), ['a-main-0', 'a-main-1']);
});

test('the total is reached by the oldest, and never by the newest attempt at a container', (t) => {
  const containers = ['a', 'b', 'c'].flatMap((uid, index) => [
    { ...container(uid, 'main', 1, 'exited'), createdAt: 10 + index },
    { ...container(uid, 'main', 0, 'exited'), createdAt: index },
  ]);
  const of = (total: number) => ids(deadParts({ containers, sandboxes: [] }, { perContainer: 1, total }).containers);
  t.deepEqual(of(6), []);
  t.deepEqual(of(5), ['a-main-0']);
  t.deepEqual(of(0), ['a-main-0', 'b-main-0', 'c-main-0']);
});

test('what lives, what was only created, what is newest and what belongs to no pod never goes', (t) => {
  const state = fc.constantFrom<ContainerState>('created', 'running', 'exited', 'unknown');
  const one = fc.record({
    uid: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('x', 'y'),
    attempt: fc.integer({ min: 0, max: 5 }),
    state,
    foreign: fc.boolean(),
    box: fc.integer({ min: 0, max: 2 }),
  });
  const boxes = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 3 }), fc.boolean()));
  const limit = fc.record({ perContainer: fc.integer({ min: 0, max: 1 }), total: fc.integer({ min: -1, max: 5 }) });
  fc.assert(
    fc.property(fc.array(one), boxes, limit, (parts, some, limits) => {
      const containers = parts.map(({ uid, name, attempt, state: is, foreign, box }) => ({
        ...container(uid, name, attempt, is, box),
        ...(foreign ? { labels: {} } : {}),
      }));
      const sandboxes = some.map(([uid, attempt, ready]) => sandbox(uid, attempt, ready));
      const dead = deadParts({ containers, sandboxes }, limits);
      for (const gone of dead.containers) {
        t.is(gone.state, 'exited');
        t.true(Object.keys(gone.labels).length > 0);
        const same = containers.filter(
          ({ name, labels }) =>
            name === gone.name && labels['io.kubernetes.pod.uid'] === gone.labels['io.kubernetes.pod.uid'],
        );
        t.true(
          same.some((other) => other !== gone && other.attempt >= gone.attempt),
          'a newer attempt is there',
        );
      }
      for (const gone of dead.sandboxes) {
        t.false(gone.ready);
        t.true(sandboxes.some((other) => other !== gone && other.uid === gone.uid && other.attempt >= gone.attempt));
      }
    }),
  );
});
