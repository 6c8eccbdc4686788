/** How a pod ends: containers in their grace period, then sandboxes with all that is in them, then the directories. */

import type { Pod } from '../../common/model/pod.ts';
import { isLive, type ObservedPod } from './observed-pod.ts';
import { gracePeriodAnnotation } from './pod-labels.ts';
import type { Step } from './steps.ts';

const DEFAULT_GRACE = 30;

/** Seconds between SIGTERM and SIGKILL: the deletion's, else the spec's, else what the containers were made with. */
export function gracePeriod(pod: Pod | undefined, observed: ObservedPod): number {
  const wanted = pod?.metadata.deletionGracePeriodSeconds ?? pod?.spec.terminationGracePeriodSeconds;
  if (wanted !== undefined) return wanted;
  const noted = observed.containers.map(({ annotations }) => Number(annotations[gracePeriodAnnotation] ?? Number.NaN));
  const known = noted.filter((seconds) => Number.isInteger(seconds) && seconds >= 0);
  return known.length > 0 ? Math.max(...known) : DEFAULT_GRACE;
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
