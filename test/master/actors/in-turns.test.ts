import test from 'ava';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { inTurns } from '../../../src/master/actors/in-turns.ts';

/** A clock on which every look costs so many milliseconds. */
class SlowClock extends FakeClock {
  looks = 0;

  override now(): number {
    this.looks += 1;
    return super.now() + this.looks;
  }
}

test('short work is done at once', (t) => {
  const seen: number[] = [];
  t.is(
    inTurns(new FakeClock(), [1, 2, 3], (one) => seen.push(one)),
    undefined,
  );
  t.deepEqual(seen, [1, 2, 3]);
});

test('long work is done in order, in parts between which the event loop has its turn', async (t) => {
  const clock = new SlowClock(0);
  const seen: number[] = [];
  const all = Array.from({ length: 20 }, (_, i) => i);
  const done = inTurns(clock, all, (one) => seen.push(one));
  t.true(seen.length > 0 && seen.length < all.length, `${seen.length} in the first part`);
  await clock.settle();
  await done;
  t.deepEqual(seen, all);
});

test('a failure in a later part rejects', async (t) => {
  const clock = new SlowClock(0);
  const done = inTurns(
    clock,
    Array.from({ length: 20 }, (_, i) => i),
    (one) => {
      if (one === 19) throw new RangeError('nineteen');
    },
  );
  const failed = t.throwsAsync(async () => done, { instanceOf: RangeError });
  await clock.settle();
  await failed;
});
