/**
 * The next resizes of a rolling update: up to replicas + maxSurge pods, never below replicas − maxUnavailable
 * available ones because of us. Asked only when the status of every ReplicaSet is of its present spec.
 */

import type { ReplicaSet } from '../../common/model/replica-set.ts';
import type { Resize, Rollout } from './rollout.ts';
import { available, availableOf, possible, wanted } from './rollout.ts';
import { limitsOf } from './rollout-limits.ts';

/** How many pods the new ReplicaSet shall have now, also when it is only about to be made. */
export function newSetReplicas({ deployment, newSet, all }: Rollout): number {
  const now = newSet?.spec.replicas ?? 0;
  const { replicas, strategy } = deployment.spec;
  if (now >= replicas || strategy.type === 'Recreate') return replicas;
  const room = replicas + limitsOf(deployment).surge - possible(all);
  return now + Math.max(0, Math.min(room, replicas - now));
}

/** The resizes that may be made now; none when the update is done or has to wait for pods. */
export function rollingUpdate(rollout: Rollout): readonly Resize[] {
  const { newSet, old } = rollout;
  if (newSet === undefined) return [];
  const replicas = newSetReplicas(rollout);
  if (replicas !== newSet.spec.replicas) return [{ set: newSet, replicas }];
  return shrinkOld(rollout, newSet, old);
}

function shrinkOld({ deployment, all }: Rollout, newSet: ReplicaSet, old: readonly ReplicaSet[]): readonly Resize[] {
  const least = deployment.spec.replicas - limitsOf(deployment).unavailable;
  const newMissing = newSet.spec.replicas - availableOf(newSet);
  // Pods that cannot be needed: even if all of the new set's missing pods stay missing, enough are wanted.
  const spare = wanted(all) - least - newMissing;
  if (spare <= 0) return [];
  const sizes = new Map(old.map((set) => [set, set.spec.replicas]));
  take(old, sizes, spare, (set) => set.spec.replicas - availableOf(set));
  take(old, sizes, Math.max(0, available(all) - least), (set) => Math.min(sizes.get(set) ?? 0, availableOf(set)));
  return old
    .map((set) => ({ set, replicas: sizes.get(set) ?? 0 }))
    .filter(({ set, replicas }) => replicas !== set.spec.replicas);
}

/** Takes up to `most` pods away, from the oldest set on, and from each no more than `from` allows. */
function take(
  sets: readonly ReplicaSet[],
  sizes: Map<ReplicaSet, number>,
  most: number,
  from: (set: ReplicaSet) => number,
): void {
  let left = most;
  for (const set of sets) {
    const part = Math.min(left, from(set));
    if (part <= 0) continue;
    sizes.set(set, (sizes.get(set) ?? 0) - part);
    left -= part;
  }
}
