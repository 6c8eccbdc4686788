import test from 'ava';
import { createSuffixes } from '../../../src/master/io/suffixes.ts';

test('suffixes are five characters without vowels, and as good as never come twice', (t) => {
  const next = createSuffixes();
  const made = Array.from({ length: 1_000 }, () => next());
  t.true(made.every((suffix) => /^[b-df-hj-np-tv-xz24-9]{5}$/.test(suffix)));
  t.true(new Set(made).size > 990);
});
