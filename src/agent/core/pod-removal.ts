/** How a pod ends: containers in their grace period, then sandboxes with all that is in them, then the directories. */

import type { Pod } from '../../common/model/pod.ts';
import { isLive, type ObservedPod } from './observed-pod.ts';
import { gracePeriodAnnotation } from './pod-labels.ts';
import type { Step } from './steps.ts';

/** What is left, in seconds, to a pod that nobody wants any more: "a small grace period", as Kubernetes' pod lifecycle says. */
const FORCED_GRACE = 2;

/**
 * Seconds between SIGTERM and SIGKILL: the deletion's, else the spec's. A pod that has gone from the cluster without the
 * agent's word was deleted by force, and gets little time.
 */
export function gracePeriod(pod: Pod | undefined, observed: ObservedPod): number {
  const wanted = pod?.metadata.deletionGracePeriodSeconds ?? pod?.spec.terminationGracePeriodSeconds;
  if (wanted !== undefined) return wanted;
  const noted = observed.containers.map(({ annotations }) => Number(annotations[gracePeriodAnnotation] ?? Number.NaN));
  const known = noted.filter((seconds) => Number.isInteger(seconds) && seconds >= 0);
  return known.length > 0 ? Math.min(FORCED_GRACE, Math.max(...known)) : FORCED_GRACE;
}

export function removalSteps(pod: Pod | undefined, observed: ObservedPod): readonly Step[] {
  const live = observed.containers.filter(isLive);
  if (live.length > 0) {
    const graceSeconds = gracePeriod(pod, observed);
    return [{ do: 'stop-containers', ids: live.map(({ id }) => id), graceSeconds, why: 'its pod is being deleted' }];
  }
  if (observed.sandboxes.length > 0) {
    return [{ do: 'remove-sandboxes', ids: observed.sandboxes.map(({ id }) => id) }];
  }
  if (observed.containers.length > 0) {
    return [{ do: 'remove-containers', ids: observed.containers.map(({ id }) => id) }];
  }
  return [{ do: 'remove-files', left: 'nothing' }];
}
