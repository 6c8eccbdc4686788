import test from 'ava';
import fc from 'fast-check';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityOf,
  subtractQuantities,
  toBytes,
  toMillis,
} from '../../../src/common/lib/quantity.ts';

const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E2', 'e-2');
const written = fc
  .tuple(fc.constantFrom('', '-', '+'), fc.nat(999_999), fc.option(fc.nat(999)), suffix)
  .map(([sign, whole, fraction, end]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${end}`);

const canonical: readonly (readonly [string, string])[] = [
  ['0', '0'],
  ['-0', '0'],
  ['1000m', '1'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['5.', '5'],
  ['1.5Gi', '1536Mi'],
  ['1024Ki', '1Mi'],
  ['1Ki', '1Ki'],
  ['1000Ki', '1000Ki'],
  ['0.5Ki', '512'],
  ['0.1Ki', '102400m'],
  ['1024', '1024'],
  ['1500', '1500'],
  ['2000', '2k'],
  ['1e3', '1e3'],
  ['12e2', '1200'],
  ['1E', '1E'],
  ['1E3', '1e3'],
  ['100000000', '100M'],
  ['0.1n', '1n'],
  ['-0.1n', '-1n'],
  ['9Ei', '9223372036854775807'],
];
for (const [text, expected] of canonical) {
  test(`the canonical form of ${text} is ${expected}`, (t) => {
    t.is(formatQuantity(quantityOf(text)), expected);
  });
}

for (const text of ['', '.', 'm', '1 x', '1mi', '1K', '--1', '1e', '0x10', '1Kim', ' 1', '1\n', '9'.repeat(101)]) {
  test(`${JSON.stringify(text.slice(0, 12))} is no quantity`, (t) => {
    t.is(parseQuantity(text), undefined);
    t.throws(() => quantityOf(text), { instanceOf: RangeError });
  });
}

test('CPU is counted in millicores and memory in bytes, both rounded up', (t) => {
  t.is(toMillis('0.5'), 500);
  t.is(toMillis('2'), 2000);
  t.is(toMillis('1u'), 1);
  t.is(toBytes('64Mi'), 64 * 1024 * 1024);
  t.is(toBytes('1500m'), 2);
});

test('an exponent beyond all bounds costs nothing and is capped', (t) => {
  t.is(formatQuantity(quantityOf('1e999999999999')), formatQuantity(quantityOf('9223372036854775807e0')));
  t.is(formatQuantity(quantityOf('0e999999999999')), '0');
  t.is(formatQuantity(quantityOf('1e-999999999999')), '1n'.replace('n', 'e-9'));
});

test('the canonical form writes the same amount, and is its own canonical form', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(written, (text) => {
        const once = formatQuantity(quantityOf(text));
        return compareQuantities(quantityOf(once), quantityOf(text)) === 0 && formatQuantity(quantityOf(once)) === once;
      }),
    ),
  );
});

test('whole numbers are ordered and added as numbers are', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        const [x, y] = [quantityOf(`${a}`), quantityOf(`${b}`)];
        const sum = compareQuantities(addQuantities(x, y), quantityOf(`${a + b}`)) === 0;
        return sum && compareQuantities(x, y) === Math.sign(a - b);
      }),
    ),
  );
});

test('taking away what was added gives the amount back', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(written, written, (a, b) => {
        const [x, y] = [quantityOf(a), quantityOf(b)];
        return compareQuantities(subtractQuantities(addQuantities(x, y), y), x) === 0;
      }),
    ),
  );
});
