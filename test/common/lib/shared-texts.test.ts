import test from 'ava';
import fc from 'fast-check';
import { SharedTexts } from '../../../src/common/lib/shared-texts.ts';

test('whatever is read, its value stays the same, and all of it is frozen', (t) => {
  const texts = new SharedTexts();
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  fc.assert(
    fc.property(fc.json(), (json) => {
      const value = texts.freeze<unknown>(JSON.parse(json));
      t.deepEqual(value, JSON.parse(json));
      t.true(frozen(value));
    }),
  );
});

test('a field may have any name', (t) => {
  const value = new SharedTexts().freeze(JSON.parse('{"__proto__":"told","a":{"__proto__":["told"]}}'));
  t.is(JSON.stringify(value), '{"__proto__":"told","a":{"__proto__":["told"]}}');
});

test('it knows only so many texts, however many it reads', (t) => {
  const texts = new SharedTexts();
  for (let i = 0; i < 100_000; i++) texts.of(`text-${i}`);
  t.true(texts.known <= 16_384);
  t.is(texts.of('text-1'), 'text-1');
});
