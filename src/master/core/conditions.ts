/** Conditions as Kubernetes keeps them: one a type, with the time of the last change of status. */

import { toTimestamp } from '../../common/lib/time.ts';
import type { Condition } from '../../common/model/meta.ts';

export type NewCondition = Pick<Condition, 'type' | 'status'> & { readonly reason: string; readonly message: string };

/** The condition of a type. */
export function condition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

/** Whether the condition of a type is True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return condition(conditions, type)?.status === 'True';
}

/** The list with one condition set; unchanged when it says the same already. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: NewCondition,
  now: number,
): readonly Condition[] {
  const old = condition(conditions, next.type);
  if (old?.status === next.status && old.reason === next.reason && old.message === next.message)
    return conditions ?? [];
  const lastTransitionTime =
    old?.status === next.status && old.lastTransitionTime !== undefined ? old.lastTransitionTime : toTimestamp(now);
  const changed: Condition = { ...old, ...next, lastTransitionTime };
  return old === undefined
    ? [...(conditions ?? []), changed]
    : (conditions ?? []).map((one) => (one === old ? changed : one));
}

/** The list without the condition of a type. */
export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): readonly Condition[] {
  return (conditions ?? []).filter((one) => one.type !== type);
}
