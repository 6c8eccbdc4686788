import test from 'ava';
import type { Toleration } from '../../../src/common/model/pod-spec.ts';
import { tolerates } from '../../../src/common/model/tolerates.ts';

const taint = { key: 'a', value: '1', effect: 'NoSchedule' } as const;
const table: readonly (readonly [string, Toleration, boolean])[] = [
  ['everything', { operator: 'Exists' }, true],
  ['the key', { key: 'a', operator: 'Exists' }, true],
  ['another key', { key: 'b', operator: 'Exists' }, false],
  ['the value', { key: 'a', operator: 'Equal', value: '1' }, true],
  ['another value', { key: 'a', operator: 'Equal', value: '2' }, false],
  ['the effect', { operator: 'Exists', effect: 'NoSchedule' }, true],
  ['another effect', { operator: 'Exists', effect: 'NoExecute' }, false],
];
for (const [what, toleration, expected] of table) {
  test(`a toleration of ${what} ${expected ? 'covers' : 'does not cover'} the taint`, (t) => {
    t.is(tolerates([toleration], taint), expected);
  });
}

test('no toleration covers no taint', (t) => {
  t.false(tolerates([], taint));
});
