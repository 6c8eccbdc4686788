/** What a change of a Deployment's replicas means for its ReplicaSets, in the middle of a rollout or outside one. */

import type { ReplicaSet } from '../../common/model/replica-set.ts';
import { DESIRED, MAXIMUM } from './revision-history.ts';
import type { Resize, Rollout } from './rollout.ts';
import { wanted } from './rollout.ts';
import { limitsOf } from './rollout-limits.ts';

/** Whether the replicas were changed since the ReplicaSets were last resized. */
export function isScaled({ deployment, all }: Rollout): boolean {
  return all.some(
    (set) =>
      set.spec.replicas > 0 &&
      set.metadata.annotations?.[DESIRED] !== undefined &&
      Number(set.metadata.annotations[DESIRED]) !== deployment.spec.replicas,
  );
}

/**
 * The one active ReplicaSet (or the newest) takes the number; a finished rollout empties the old ones; several active
 * ones share what is added or taken away by their sizes, so that a rollout in progress keeps its proportions.
 */
export function scaled(rollout: Rollout): readonly Resize[] {
  const { deployment, newSet, old, all } = rollout;
  const { replicas } = deployment.spec;
  const active = all.filter((set) => set.spec.replicas > 0);
  const only = active.length <= 1 ? (active[0] ?? newSet ?? old.at(-1)) : undefined;
  if (only !== undefined) return [{ set: only, replicas }];
  if (newSet !== undefined && isSaturated(newSet, replicas)) {
    return old.filter((set) => set.spec.replicas > 0).map((set) => ({ set, replicas: 0 }));
  }
  return deployment.spec.strategy.type === 'Recreate' ? [] : proportional(rollout, active);
}

function isSaturated(set: ReplicaSet, replicas: number): boolean {
  return (
    set.spec.replicas === replicas &&
    Number(set.metadata.annotations?.[DESIRED]) === replicas &&
    set.status?.availableReplicas === replicas
  );
}

function proportional({ deployment }: Rollout, active: readonly ReplicaSet[]): readonly Resize[] {
  const { replicas } = deployment.spec;
  const most = replicas > 0 ? replicas + limitsOf(deployment).surge : 0;
  const change = most - wanted(active);
  // The largest first; of equals the newest grows first and the oldest shrinks first.
  const newestFirst = change > 0 ? [...active].reverse() : active;
  const order = [...newestFirst].sort((a, b) => b.spec.replicas - a.spec.replicas);
  let left = change;
  const sizes = order.map((set) => {
    const before = Number(set.metadata.annotations?.[MAXIMUM]) || wanted(active);
    const share = Math.round((set.spec.replicas * most) / before) - set.spec.replicas;
    const part = change > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
    left -= part;
    return { set, replicas: set.spec.replicas + part };
  });
  // What rounding left over goes to the largest.
  return sizes.map((size, i) => (i === 0 ? { ...size, replicas: Math.max(0, size.replicas + left) } : size));
}
