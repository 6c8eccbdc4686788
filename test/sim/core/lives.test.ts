import test from 'ava';
import fc from 'fast-check';
import { Lives, LivesOfMany } from '../../../src/sim/core/lives.ts';

const life = (began: boolean, node: string, id: string, container = 'main', uid = 'pod-1') => ({
  ...{ began, node, id, container, uid },
});
const doubledBy = (...all: readonly ReturnType<typeof life>[]): number => {
  const lives = new Lives();
  for (const one of all) lives.take(one);
  return lives.doubled;
};

test('containers that run one after another, or beside each other in one pod, are no doubles', (t) => {
  t.is(doubledBy(life(true, 'a', '1'), life(false, 'a', '1'), life(true, 'a', '2')), 0);
  t.is(doubledBy(life(true, 'a', '1', 'main'), life(true, 'a', '2', 'side')), 0);
  t.is(doubledBy(life(true, 'a', '1', 'main', 'pod-1'), life(true, 'b', '1', 'main', 'pod-2')), 0);
  t.is(doubledBy(life(false, 'a', '1'), life(true, 'a', '1')), 0);
});

test('a container that begins while it runs is a double, though it has ended by the time pods are counted', (t) => {
  t.is(doubledBy(life(true, 'a', '1'), life(true, 'a', '2'), life(false, 'a', '2'), life(false, 'a', '1')), 1);
});

test('a pod that runs on two devices is a double whatever its containers are, and the finding names both', (t) => {
  const lives = new Lives();
  lives.take(life(true, 'a', '1', 'main'));
  lives.take(life(true, 'b', '1', 'side'));
  t.is(lives.doubled, 1);
  t.deepEqual(lives.findings, ['pod pod-1: side (1) began on b while main (1) ran on a']);
});

test('what several processes tell is judged in the order of time, whenever each of them tells it', (t) => {
  const moved = [
    { ...life(true, 'a', '1'), at: 1 },
    { ...life(false, 'a', '1'), at: 2 },
    { ...life(true, 'b', '1'), at: 3 },
  ];
  const [first, second, third] = moved as [(typeof moved)[0], (typeof moved)[0], (typeof moved)[0]];
  const late = new LivesOfMany(2);
  late.told(1, 10, [third]);
  late.told(0, 10, [first, second]);
  t.is(late.doubled, 0);
  const twice = new LivesOfMany(2);
  twice.told(1, 10, [{ ...third, at: 1.5 }]);
  t.is(twice.doubled, 0);
  twice.told(0, 1.2, [first]);
  t.is(twice.doubled, 0);
  twice.told(0, 10, [second]);
  t.is(twice.doubled, 1);
});

test('however events are spread over processes and batches, the verdict is that of one order', (t) => {
  const event = fc.record({
    ...{ began: fc.boolean(), node: fc.constantFrom('a', 'b'), uid: fc.constantFrom('p', 'q') },
    ...{ container: fc.constantFrom('main', 'side'), id: fc.constantFrom('1', '2') },
  });
  fc.assert(
    fc.property(fc.array(event), fc.array(fc.nat()), (events, cuts) => {
      const lives = new Lives();
      for (const one of events) lives.take(one);
      const many = new LivesOfMany(2);
      const told = new Set<object>();
      const stamped = events.map((one, at) => ({ ...one, at }));
      // A device is of one process, which tells in its own order.
      for (const until of [...cuts.map((cut) => cut % (events.length + 1)).sort((x, y) => x - y), events.length]) {
        ['a', 'b'].forEach((node, process) => {
          many.told(
            process,
            until - 0.5,
            stamped.filter((one) => one.node === node && one.at < until && !told.has(one)),
          );
        });
        for (const one of stamped) if (one.at < until) told.add(one);
      }
      t.is(many.doubled, lives.doubled);
    }),
  );
});
