/**
 * When pods that have failed are replaced. A device that refuses a pod, or has to end it at once, does so with the next one too:
 * made without a pause, they would be thousands (Kubernetes' DaemonSets pause in the same way). A pod that has lived longer than
 * the pause is replaced at once.
 */

import { fromTimestamp } from '../../common/lib/time.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { Millis } from './reconcile.ts';

const FIRST: Millis = 1000;
const LONGEST: Millis = 5 * 60_000;
/** Failures before that are forgotten. */
const WINDOW: Millis = 60 * 60_000;

/** `owned`: all pods of one owner. In the past when nothing has to be waited for. */
export function replacementsFrom(owned: readonly Pod[], now: Millis): Millis {
  // Timestamps have whole seconds: those that were made together failed together, and count once.
  const made = new Set<Millis>();
  for (const { metadata, status } of owned) {
    const at = status?.phase === 'Failed' ? fromTimestamp(metadata.creationTimestamp ?? '') : undefined;
    if (at !== undefined && at <= now && now - at < WINDOW) made.add(at);
  }
  const last = Math.max(...made);
  return made.size === 0
    ? Number.NEGATIVE_INFINITY
    : last + Math.min(LONGEST, FIRST * 2 ** Math.min(52, made.size - 1));
}
