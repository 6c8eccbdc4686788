import test from 'ava';
import fc from 'fast-check';
import { backoff } from '../../../src/common/lib/backoff.ts';
import { deepEqual } from '../../../src/common/lib/deep.ts';
import { humanDuration, parseDuration } from '../../../src/common/lib/duration.ts';
import { canonicalJson, digest, shortHash } from '../../../src/common/lib/hash.ts';
import { intOrPercent, rollingLimits } from '../../../src/common/lib/int-or-percent.ts';
import { editDistance, nearest } from '../../../src/common/lib/nearest.ts';

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;
const ages: readonly (readonly [number, string])[] = [
  [-5 * second, '<invalid>'],
  [0, '0s'],
  [119 * second, '119s'],
  [120 * second, '2m'],
  [310 * second, '5m10s'],
  [11 * 60 * second, '11m'],
  [3 * hour, '3h'],
  [3 * hour + 600 * second, '3h10m'],
  [9 * hour + 600 * second, '9h'],
  [2 * day + 4 * hour, '2d4h'],
  [9 * day, '9d'],
  [750 * day, '2y20d'],
  [9 * 365 * day, '9y'],
];
for (const [millis, text] of ages) {
  test(`an age of ${millis} ms reads ${text}`, (t) => {
    t.is(humanDuration(millis), text);
  });
}

test('durations are read in their units, and other text is none', (t) => {
  t.is(parseDuration('30s'), 30_000);
  t.is(parseDuration('1h30m'), 90 * 60_000);
  t.is(parseDuration('1.5s'), 1500);
  t.is(parseDuration('250ms'), 250);
  t.is(parseDuration('0'), 0);
  for (const text of ['', '5', '-5s', '5 s', 's', '5x']) t.is(parseDuration(text), undefined);
});

test('pauses grow to the limit and stay in their upper half', (t) => {
  t.is(backoff(0, 100, 10_000, 0), 50);
  t.is(backoff(3, 100, 10_000, 0.999999), 800);
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
        const pause = backoff(attempt, 100, 5000, random);
        return pause >= 50 && pause <= 5000;
      }),
    ),
  );
});

test('equal data has an equal hash, whatever the order of its fields', (t) => {
  t.is(canonicalJson({ b: [{ d: 1, c: undefined }], a: null }), '{"a":null,"b":[{"d":1}]}');
  t.is(digest({ a: 1, b: 2 }), digest({ b: 2, a: 1 }));
  t.not(shortHash({ a: 1 }), shortHash({ a: 2 }));
  t.regex(shortHash({ a: 1 }), /^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
});

test('percentages of pods round up or down as asked', (t) => {
  t.is(intOrPercent('25%', 3, 'up'), 1);
  t.is(intOrPercent('25%', 3, 'down'), 0);
  t.is(intOrPercent(2, 3, 'down'), 2);
  t.is(intOrPercent('29%', 100, 'up'), 29);
  t.throws(() => intOrPercent('x', 3, 'up'), { message: 'neither a number nor a percentage: "x"' });
  t.deepEqual(rollingLimits('25%', '25%', 4), { surge: 1, unavailable: 1 });
  t.deepEqual(rollingLimits('0%', '10%', 3), { surge: 0, unavailable: 1 });
});

test('the nearest word is found, and none when all are far', (t) => {
  t.is(editDistance('replicsa', 'replicas'), 1);
  t.is(editDistance('', 'abc'), 3);
  t.is(nearest('Deploymnet', ['Pod', 'Deployment']), 'Deployment');
  t.is(nearest('contaners', ['containers', 'initContainers']), 'containers');
  t.is(nearest('banana', ['Pod', 'Deployment']), undefined);
});

test('deep equality takes an undefined field for an absent one, and no inherited field for an own one', (t) => {
  t.true(deepEqual({ a: [1, { b: undefined }] }, { a: [1, {}] }));
  t.false(deepEqual({ a: 1 }, { a: 1, b: 2 }));
  t.false(deepEqual([], {}));
  t.false(deepEqual({}, { toString: 1 }));
});
