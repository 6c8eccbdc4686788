/** How a pod ends: containers in their grace period, then sandboxes with all that is in them, then the directories. */

import type { Millis } from '../../../common/lib/time.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { sourceOf } from '../sources/pod-source.ts';
import { isLive, type ObservedPod, type PodState } from './observed-pod.ts';
import { gracePeriodAnnotation, podOfLabels } from './pod-labels.ts';
import type { Step } from './steps.ts';
import { type Ending, stopSteps } from './stopping.ts';

/** What is left, in seconds, to a pod that nobody wants any more: "a small grace period", as Kubernetes' pod lifecycle says. */
const FORCED_GRACE = 2;

/**
 * Seconds between SIGTERM and SIGKILL: the deletion's, else the spec's. A pod that has gone from the cluster without the
 * agent's word was deleted by force, and gets little time; a static pod whose source is gone gets its own. One that is evicted
 * gets no more than its eviction says.
 */
export function gracePeriod(pod: Pod | undefined, { observed, memory }: PodState): number {
  const most = Math.min(memory.evicted?.graceSeconds ?? Infinity, memory.halted?.graceSeconds ?? Infinity);
  return Math.min(ownGracePeriod(pod, observed), most);
}

function ownGracePeriod(pod: Pod | undefined, observed: ObservedPod): number {
  const wanted = pod?.metadata.deletionGracePeriodSeconds ?? pod?.spec.terminationGracePeriodSeconds;
  if (wanted !== undefined) return wanted;
  const noted = observed.containers.map(({ annotations }) => Number(annotations[gracePeriodAnnotation] ?? Number.NaN));
  const known = noted.filter((seconds) => Number.isInteger(seconds) && seconds >= 0);
  if (known.length === 0) return FORCED_GRACE;
  const isStatic = observed.containers.some(({ labels }) => sourceOf(podOfLabels(labels)?.uid ?? '') !== 'master');
  return isStatic ? Math.max(...known) : Math.min(FORCED_GRACE, Math.max(...known));
}

/** Ends all that lives of a pod, in the order of its parts. */
export function stopAll(pod: Pod | undefined, state: PodState, now: Millis): readonly Step[] {
  const graceSeconds = gracePeriod(pod, state);
  const endings = state.observed.containers.filter(isLive).map((container): Ending => {
    return { container, graceSeconds, why: `Stopping container ${container.name}`, again: false };
  });
  return stopSteps(endings, pod, state, now, true);
}

/**
 * What runs ends; its sandboxes end with the device. A container of a pod that runs until it succeeds is removed when its
 * signal made it end without an error: that is no success, and after the boot it has to begin again.
 */
export function haltSteps(pod: Pod, state: PodState, now: Millis): readonly Step[] {
  const stops = stopAll(pod, state, now);
  if (stops.length > 0 || pod.spec.restartPolicy !== 'OnFailure' || state.memory.halted?.outcome !== undefined)
    return stops;
  const { observed, memory } = state;
  const cut = observed.containers.filter(({ id, name, state: is, exitCode }) => {
    const main = pod.spec.containers.some((spec) => spec.name === name);
    return main && is === 'exited' && exitCode === 0 && memory.halted?.cut.includes(id) === true;
  });
  return cut.length > 0 ? [{ do: 'remove-containers', ids: cut.map(({ id }) => id) }] : [];
}

export function removalSteps(pod: Pod | undefined, state: PodState, now: Millis): readonly Step[] {
  const { sandboxes, containers } = state.observed;
  const stops = stopAll(pod, state, now);
  if (stops.length > 0) return stops;
  if (sandboxes.length > 0) return [{ do: 'remove-sandboxes', ids: sandboxes.map(({ id }) => id) }];
  if (containers.length > 0) return [{ do: 'remove-containers', ids: containers.map(({ id }) => id) }];
  return [{ do: 'remove-files', left: 'nothing' }];
}
