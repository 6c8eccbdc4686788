import test from 'ava';
import { Dispatcher } from '../../../src/common/actor/dispatcher.ts';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { inTurns } from '../../../src/common/actor/in-turns.ts';

/** A clock on which every look costs so many milliseconds. */
class SlowClock extends FakeClock {
  looks = 0;

  override now(): number {
    this.looks += 1;
    return super.now() + this.looks;
  }
}

const always = (): boolean => true;
const numbers = Array.from({ length: 20 }, (_, i) => i);

test('short work is done at once', (t) => {
  const clock = new FakeClock();
  const seen: number[] = [];
  const act = (one: number) => void seen.push(one);
  t.is(inTurns({ clock, dispatcher: new Dispatcher(clock) }, numbers, act, always), undefined);
  t.deepEqual(seen, numbers);
});

test('long work is done in order, in parts between which others have their turn', async (t) => {
  const clock = new SlowClock(0);
  const dispatcher = new Dispatcher(clock);
  const seen: number[] = [];
  const done = inTurns({ clock, dispatcher }, numbers, (one) => void seen.push(one), always);
  const first = seen.length;
  t.true(first > 0 && first < numbers.length, `${first} in the first part`);
  let between = -1;
  const other = {
    turn: () => {
      between = seen.length;
      return 1;
    },
  };
  dispatcher.schedule(other);
  await clock.settle();
  await done;
  t.deepEqual(seen, numbers);
  t.true(between < numbers.length, 'another had its turn before the end');
});

test('long work that nobody wants any more ends where it is', async (t) => {
  const clock = new SlowClock(0);
  const seen: number[] = [];
  const few = () => seen.length < 10;
  const done = inTurns({ clock, dispatcher: new Dispatcher(clock) }, numbers, (one) => void seen.push(one), few);
  await clock.settle();
  await done;
  t.true(seen.length >= 10 && seen.length < numbers.length);
});

test('a failure in a later part rejects', async (t) => {
  const clock = new SlowClock(0);
  const act = (one: number) => {
    if (one === 19) throw new RangeError('nineteen');
  };
  const done = inTurns({ clock, dispatcher: new Dispatcher(clock) }, numbers, act, always);
  const failed = t.throwsAsync(async () => done, { instanceOf: RangeError });
  await clock.settle();
  await failed;
});
