import test from 'ava';
import fc from 'fast-check';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';

test('every deadline fires at its own moment, in order, those of one moment as they were set', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 15 }), async (delays) => {
      const clock = new FakeClock(0);
      const fired: { at: number; now: number; index: number }[] = [];
      for (const [index, at] of delays.entries()) clock.timer(at, () => fired.push({ at, now: clock.now(), index }));
      await clock.advance(20);
      t.is(clock.now(), 20);
      t.true(fired.every(({ at, now }) => at === now));
      const expected = delays.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
      t.deepEqual(
        fired.map(({ at, index }) => ({ at, index })),
        expected,
      );
    }),
    { numRuns: 50 },
  );
});

test('what a deadline sets off settles before the next one, new deadlines included', async (t) => {
  const clock = new FakeClock(0);
  const log: string[] = [];
  clock.timer(10, async () => {
    for (let hop = 0; hop < 20; hop += 1) await Promise.resolve();
    log.push(`first at ${clock.now()}`);
    clock.timer(5, () => log.push(`nested at ${clock.now()}`));
    clock.soon(() => log.push(`soon at ${clock.now()}`));
  });
  clock.timer(20, () => log.push(`last at ${clock.now()}`));
  await clock.advance(30);
  t.deepEqual(log, ['first at 10', 'soon at 10', 'nested at 15', 'last at 20']);
});

test('a cancelled deadline does not fire, and a jump of the wall clock leaves delays as they were', async (t) => {
  const clock = new FakeClock(1_000);
  const fired: string[] = [];
  clock.timer(10, () => fired.push('cancelled'))();
  const cancel = clock.timer(10, () => fired.push('cancelled after the jump'));
  clock.timer(10, () => fired.push('kept'));
  clock.jump(-500);
  cancel();
  await clock.advance(9);
  t.deepEqual(fired, []);
  await clock.advance(1);
  t.deepEqual(fired, ['kept']);
  t.is(clock.now(), 1_010);
  t.is(clock.wall(), 510);
  t.is(clock.pending, 0);
});
