/**
 * What outlives its cause: what an agent takes over from one before it, a wish for a static pod, what a failure depended on.
 */

import { fromTimestamp, type Millis, toTimestamp } from '../../../common/lib/time.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import { sourceOf } from '../sources/pod-source.ts';
import { containerNamed } from './containers.ts';
import { hasEnded } from './outcome.ts';
import { containerInputs, type Eviction, type PodMemory } from './pod-memory.ts';
import type { Action } from './steps.ts';
import type { WantedPod } from './wanted-pod.ts';

/**
 * What an agent before this one has left: the pod's last status, how long ago it was taken on, if that was in this boot, and
 * whether it was told to end.
 */
export type Kept = {
  readonly last: PodStatus | undefined;
  readonly age: Millis | undefined;
  readonly evicted?: Eviction | undefined;
};

/** A pod that was begun before this boot is as old as its startTime says, by the wall clock: there is no better one. */
export function takenOver(
  memory: PodMemory,
  pod: Pod | undefined,
  { last, age, evicted }: Kept,
  clock: { now(): Millis; wall(): Millis },
): PodMemory {
  const startTime = (last ?? pod?.status)?.startTime;
  const started = startTime === undefined ? undefined : fromTimestamp(startTime);
  const byWall = started === undefined ? undefined : Math.max(0, clock.wall() - started);
  const known = age ?? byWall;
  const takenAt = known === undefined ? memory.takenAt : clock.now() - known;
  return {
    ...memory,
    takenAt,
    ...(hasEnded(last) ? { ended: last } : {}),
    ...(evicted === undefined ? {} : { evicted }),
  };
}

/** Only that there is one counts on the device. */
const NOW = toTimestamp(0);

/**
 * What is wanted of a pod. A static pod that is wanted no more is deleted as any other, in its own grace period: its source has
 * no other word for that. One that is wanted again meanwhile begins when nothing is left of it: what has begun to end ends.
 */
export function withLastWish(wanted: WantedPod | undefined, before: WantedPod | undefined): WantedPod | undefined {
  if (before === undefined || sourceOf(before.pod.metadata.uid ?? '') === 'master') return wanted;
  const { metadata } = before.pod;
  if (wanted !== undefined && metadata.deletionTimestamp === undefined) return wanted;
  const { deletionTimestamp = NOW } = metadata;
  return { ...before, pod: { ...before.pod, metadata: { ...metadata, deletionTimestamp } } };
}

/** What a failure of a step depends on: with other objects, or another image of its container, it is tried again at once. */
export function failureInputs(step: Action, wanted: WantedPod | undefined): string {
  if (wanted === undefined || !('container' in step)) return wanted?.inputs ?? '';
  return containerInputs(wanted.inputs, containerNamed(wanted.pod, step.container)?.image ?? '');
}
