import test from 'ava';
import fc from 'fast-check';
import {
  allowance,
  calmed,
  fullBudget,
  grown,
  isOver,
  lookAfter,
  passed,
} from '../../../../src/agent/core/storms/log-budget.ts';

const rate = { bytesPerSecond: 1000, burstBytes: 10_000 };

test('whatever a container logs and however it is looked at, no more is written than the burst and the rate', (t) => {
  const step = fc.record({ wait: fc.integer({ min: 0, max: 5000 }), bytes: fc.integer({ min: 0, max: 100_000 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let now = 0;
      let written = 0;
      let budget = grown(fullBudget(rate, 0), 10_001, rate, 0);
      for (const { wait, bytes } of steps) {
        now += wait;
        const kept = Math.min(bytes, allowance(budget, rate, now));
        budget = passed(budget, { kept, dropped: bytes - kept }, rate, now);
        written += kept;
        t.true(written <= (now / 1000) * rate.bytesPerSecond + 1);
        t.true(budget.left >= 0 && budget.left <= rate.burstBytes);
      }
    }),
  );
});

test('a log that keeps to burst and rate never storms, and one beyond it does', (t) => {
  let budget = grown(fullBudget(rate, 0), 10_000, rate, 0);
  for (let now = 1000; now < 100_000; now += 1000) budget = grown(budget, 1000, rate, now);
  t.is(budget.storm, undefined);
  t.deepEqual(grown(budget, 1001 + 1000, rate, 100_000).storm, { since: 100_000, droppedAt: 100_000, dropped: 0 });
});

test('a storm is over once nothing was dropped for a minute and the whole burst is there again', (t) => {
  const storm = passed(grown(fullBudget(rate, 0), 99_999, rate, 0), { kept: 0, dropped: 7 }, rate, 1000);
  t.is(storm.storm?.dropped, 7);
  t.false(isOver(storm, rate, 60_999));
  t.true(isOver(storm, rate, 61_000));
  const busy = passed(storm, { kept: 1000, dropped: 0 }, rate, 60_500);
  t.false(isOver(busy, rate, 61_000), 'it could not take a burst');
  const after = calmed(storm, 61_000);
  t.is(after.storm, undefined);
  t.is(lookAfter([storm], rate, 61_000), 250);
  t.is(lookAfter([after, fullBudget(rate, 0)], rate, 61_000), 500);
  t.is(lookAfter([after], rate, 661_000), 1000);
  t.is(lookAfter([after], { bytesPerSecond: 0, burstBytes: 1 }, 661_000), 10_000, 'only to count');
});

test('whenever a storm comes and however fast it is, hardly more than the burst is written before it is noticed', (t) => {
  const usual = { bytesPerSecond: 65_536, burstBytes: 8 * 2 ** 20 };
  const speed = fc.integer({ min: 100_000, max: 10_000_000 });
  fc.assert(
    fc.property(speed, fc.integer({ min: 0, max: 10_000 }), (bytesPerSecond, begins) => {
      const sizeAt = (now: number) => Math.floor((Math.max(0, now - begins) * bytesPerSecond) / 1000);
      let [now, budget] = [0, fullBudget(usual, 0)];
      let size = 0;
      while (budget.storm === undefined && now < 1_000_000) {
        now += lookAfter([budget], usual, now);
        budget = grown(budget, sizeAt(now) - size, usual, now);
        size = sizeAt(now);
      }
      const allowed = usual.burstBytes + ((now - begins) / 1000) * usual.bytesPerSecond;
      // A storm may begin just after a look; then the first second of it is seen at once.
      t.true(size <= Math.max(allowed + bytesPerSecond * 0.25, bytesPerSecond), `${size} of ${allowed}`);
    }),
  );
});
