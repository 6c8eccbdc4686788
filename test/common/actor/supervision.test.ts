import test from 'ava';
import fc from 'fast-check';
import { judge } from '../../../src/common/actor/supervision.ts';
import type { Millis } from '../../../src/common/actor/types.ts';

const failed = { kind: 'failed', error: new Error('x') } as const;

test('no window of the intensity ever holds more restarts than it allows', (t) => {
  const gaps = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 60 });
  const property = fc.property(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 1, max: 5_000 }),
    gaps,
    (restarts, within, times) => {
      const intensity = { restarts, within };
      const granted: Millis[] = [];
      let history: readonly Millis[] = [];
      let now = 0;
      for (const gap of times) {
        now += gap;
        const verdict = judge({ intensity }, failed, history, now, 0);
        if (verdict.kind !== 'restart') break;
        history = verdict.restarts;
        granted.push(now);
      }
      return granted.every((at) => granted.filter((other) => other <= at && other > at - within).length <= restarts);
    },
  );
  t.notThrows(() => fc.assert(property));
});

test('the delay doubles up to its maximum, and jitter takes away at most half', (t) => {
  const policy = { intensity: { restarts: 9, within: 1_000 }, backoff: { first: 100, max: 1_000 } };
  const delays = (chance: number): readonly number[] =>
    [0, 1, 2, 3, 4, 5].map((earlier) => {
      const verdict = judge(
        policy,
        failed,
        Array.from({ length: earlier }, () => 1),
        1,
        chance,
      );
      return verdict.kind === 'restart' ? verdict.delay : -1;
    });
  t.deepEqual(delays(0), [100, 200, 400, 800, 1_000, 1_000]);
  t.deepEqual(delays(1), [50, 100, 200, 400, 500, 500]);
});

test('who is restarted after what', (t) => {
  const kinds = (['always', 'on-failure', 'never'] as const).map((restart) =>
    [failed, { kind: 'done' } as const].map((why) => judge({ restart }, why, [], 0, 0).kind),
  );
  t.deepEqual(kinds, [
    ['restart', 'restart'],
    ['restart', 'stop'],
    ['stop', 'stop'],
  ]);
});

test('restarts that a clock set back has left in the future do not count', (t) => {
  const policy = { intensity: { restarts: 1, within: 1_000 } };
  t.is(judge(policy, failed, [9_000], 5_000, 0).kind, 'restart');
  t.is(judge(policy, failed, [4_500], 5_000, 0).kind, 'escalate');
});
