/** What controllers ask of a pod: is it active, ready, available, finished. */

import { fromTimestamp } from '../../common/lib/time.ts';
import type { Pod } from '../../common/model/pod.ts';
import { condition, isTrue } from './conditions.ts';
import type { Millis } from './reconcile.ts';

/** Ended for good: it will not run again. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Counts as a replica: neither finished nor being deleted. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Waits for somebody to take its scheduling gates away. */
export function isGated(pod: Pod): boolean {
  return (pod.spec.schedulingGates ?? []).length > 0;
}

export function isReady(pod: Pod): boolean {
  return isTrue(pod.status?.conditions, 'Ready');
}

/** Since when the pod is ready, in milliseconds since 1970; undefined when it is not. */
export function readySince(pod: Pod): Millis | undefined {
  const ready = condition(pod.status?.conditions, 'Ready');
  return ready?.status === 'True' && ready.lastTransitionTime !== undefined
    ? fromTimestamp(ready.lastTransitionTime)
    : undefined;
}

/** From when on the pod counts as available: ready for `minReadySeconds`. Undefined when it is not ready. */
export function availableFrom(pod: Pod, minReadySeconds: number): Millis | undefined {
  if (!isReady(pod)) return undefined;
  return minReadySeconds === 0 ? 0 : (readySince(pod) ?? 0) + minReadySeconds * 1000;
}
