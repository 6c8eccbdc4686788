/** Whether a pod puts up with a taint. */
import type { Taint } from './node.ts';
import type { Toleration } from './pod-spec.ts';

/** Whether one of the tolerations covers the taint: an absent key or effect covers all of them. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(({ key, operator, value, effect }) => {
    if (effect !== undefined && effect !== taint.effect) return false;
    if (key && key !== taint.key) return false;
    return operator === 'Exists' || (value ?? '') === (taint.value ?? '');
  });
}
