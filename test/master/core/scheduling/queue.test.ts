import test from 'ava';
import fc from 'fast-check';
import { factsOf } from '../../../../src/master/core/scheduling/pod-facts.ts';
import { SchedulingQueue } from '../../../../src/master/core/scheduling/queue.ts';
import { aPod } from '../../../support/pod-builder.ts';

const facts = (name: string, priority = 0, created = '2026-01-01T00:00:00Z', app = 'a') =>
  factsOf(aPod(name, { spec: { priority }, metadata: { creationTimestamp: created, labels: { app } } }));
const takeAll = (queue: SchedulingQueue, now: number): string[] => {
  const names: string[] = [];
  for (let pod = queue.take(now); pod !== undefined; pod = queue.take(now)) names.push(pod.pod.metadata.name);
  return names;
};

test('pods are taken by priority, then by age, then as they came', (t) => {
  const queue = new SchedulingQueue();
  queue.put(facts('young', 0, '2026-01-01T00:00:09Z'));
  queue.put(facts('old', 0, '2026-01-01T00:00:01Z'));
  queue.put(facts('important', 5, '2026-01-01T00:00:10Z'));
  queue.put(facts('old-too', 0, '2026-01-01T00:00:01Z'));
  t.deepEqual(takeAll(queue, 0), ['important', 'old', 'old-too', 'young']);
});

test('whatever comes and goes, the order is by priority and age and nothing is taken twice', (t) => {
  const pod = fc.record({
    id: fc.nat(20),
    priority: fc.integer({ min: -3, max: 3 }),
    second: fc.nat(9),
    gone: fc.boolean(),
  });
  const property = fc.property(fc.array(pod), (changes) => {
    const queue = new SchedulingQueue();
    const there = new Map<string, { priority: number; second: number }>();
    for (const { id, priority, second, gone } of changes) {
      const name = `p${id}`;
      if (gone) queue.remove(`uid-${name}`);
      else if (!there.has(name)) queue.put(facts(name, priority, `2026-01-01T00:00:0${second}Z`));
      if (gone) there.delete(name);
      else if (!there.has(name)) there.set(name, { priority, second });
    }
    const taken = takeAll(queue, 0);
    t.deepEqual([...taken].sort(), [...there.keys()].sort());
    const ranks = taken.map((name) => there.get(name) ?? { priority: 0, second: 0 });
    t.true(
      ranks.every((rank, i) => {
        const next = ranks[i + 1];
        return (
          next === undefined ||
          rank.priority > next.priority ||
          (rank.priority === next.priority && rank.second <= next.second)
        );
      }),
    );
  });
  fc.assert(property);
});

test('a pod that nothing can take waits until its likes are woken, and backs off 1 to 10 seconds', (t) => {
  const queue = new SchedulingQueue();
  const [pod, other] = [facts('a'), facts('b', 0, '2026-01-01T00:00:00Z', 'other')];
  queue.put(pod);
  queue.put(other);
  let now = 0;
  for (const expected of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
    t.true(takeAll(queue, now).includes('a'));
    queue.park(pod.uid, now);
    queue.park(other.uid, now);
    t.deepEqual(Array.from(queue.parked(), ({ uid }) => uid).sort(), [pod.uid, other.uid].sort());
    t.deepEqual(takeAll(queue, now + 100_000), [], 'nothing has changed');
    queue.wake(pod, now);
    t.is(queue.wakeAt, now + expected);
    t.deepEqual(takeAll(queue, now + expected - 1), []);
    now += expected;
  }
  t.deepEqual(takeAll(queue, now), ['a']);
});

test('a change of what a pod asks for brings it back at once; one of its status does not', (t) => {
  const queue = new SchedulingQueue();
  const pod = facts('a');
  queue.put(pod);
  t.deepEqual(takeAll(queue, 0), ['a']);
  queue.park(pod.uid, 0);
  queue.put(factsOf({ ...pod.pod, status: { phase: 'Pending', message: 'waits' } }));
  t.deepEqual(takeAll(queue, 100_000), []);
  queue.put(facts('a', 0, '2026-01-01T00:00:00Z', 'b'));
  t.deepEqual(takeAll(queue, 0), ['a']);
});

test('a pod for which room was made is tried without backing off', (t) => {
  const queue = new SchedulingQueue();
  const pod = facts('a');
  queue.put(pod);
  takeAll(queue, 0);
  queue.park(pod.uid, 0);
  queue.wake(pod, 0);
  queue.rouse(pod.uid);
  t.deepEqual(takeAll(queue, 0), ['a']);
  t.deepEqual(takeAll(queue, 5_000), []);
});
