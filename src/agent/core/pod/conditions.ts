/** Conditions of an object: the time of a transition changes only with the status. */

import { type Millis, toTimestamp } from '../../../common/lib/time.ts';
import type { Condition } from '../../../common/model/meta.ts';

export type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Findings with the times of their last transitions, carried over from the conditions before. `wall` is the wall clock. */
export function withTransitions(
  findings: readonly Finding[],
  before: readonly Condition[] | undefined,
  wall: Millis,
): Condition[] {
  return findings.map((finding) => {
    const old = before?.find(({ type }) => type === finding.type);
    const same = old?.status === finding.status && old.lastTransitionTime !== undefined;
    return { ...finding, lastTransitionTime: same ? (old.lastTransitionTime ?? '') : toTimestamp(wall) };
  });
}
