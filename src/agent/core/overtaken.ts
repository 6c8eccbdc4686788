/** Steps under way that what is wanted now has made idle. */

import type { ObservedPod } from './observed-pod.ts';
import { gracePeriod } from './pod-removal.ts';
import type { Action } from './steps.ts';
import type { WantedPod } from './wanted-pod.ts';

/** Whether a step under way need not be waited for: a pull for a pod that ends, a stop that shall be quicker now. */
export function isOvertaken(step: Action, wanted: WantedPod | undefined, observed: ObservedPod): boolean {
  const ending = wanted === undefined || wanted.pod.metadata.deletionTimestamp !== undefined;
  if (!ending) return false;
  if (step.do === 'stop-containers') return gracePeriod(wanted?.pod, observed) < step.graceSeconds;
  return step.do === 'pull-image';
}
