/** Revisions of a Deployment: numbers on its ReplicaSets, the annotations that carry them, and which old ones go. */

import type { Deployment } from '../../common/model/deployment.ts';
import type { ReplicaSet } from '../../common/model/replica-set.ts';
import { keyOf } from './owners.ts';
import type { Write } from './reconcile.ts';
import type { Rollout } from './rollout.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED = 'deployment.kubernetes.io/desired-replicas';
export const MAXIMUM = 'deployment.kubernetes.io/max-replicas';
/** Annotations of a Deployment that say nothing about its ReplicaSets. */
const NOT_COPIED = ['kubectl.kubernetes.io/last-applied-configuration', REVISION, HISTORY, DESIRED, MAXIMUM];

export function revisionOf(set: ReplicaSet | Deployment): number {
  return Number(set.metadata.annotations?.[REVISION]) || 0;
}

/** The revision that the new ReplicaSet has or gets: one more than that of any older one. */
export function newRevision({ newSet, old }: Rollout): number {
  const highest = Math.max(0, ...old.map(revisionOf));
  return newSet !== undefined && revisionOf(newSet) > highest ? revisionOf(newSet) : highest + 1;
}

/** The annotations of the new ReplicaSet; numbers that it had before stay in its history. */
export function newSetAnnotations(rollout: Rollout, maximum: number): Readonly<Record<string, string>> {
  const { deployment, newSet } = rollout;
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !NOT_COPIED.includes(name));
  const revision = newRevision(rollout);
  const before = newSet === undefined ? 0 : revisionOf(newSet);
  const history = (newSet?.metadata.annotations?.[HISTORY] ?? '').split(',').filter((text) => text !== '');
  if (before !== 0 && before !== revision) history.push(String(before));
  return {
    ...newSet?.metadata.annotations,
    ...Object.fromEntries(copied),
    [REVISION]: String(revision),
    [DESIRED]: String(deployment.spec.replicas),
    [MAXIMUM]: String(maximum),
    ...(history.length === 0 ? {} : { [HISTORY]: history.join(',') }),
  };
}

/** Deletes old, empty ReplicaSets beyond the limit, lowest revisions first. Asked when a rollout is complete. */
export function forgottenRevisions({ deployment, old }: Rollout): readonly Write[] {
  const empty = old.filter(
    (set) =>
      set.spec.replicas === 0 &&
      (set.status?.replicas ?? 0) === 0 &&
      (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0) &&
      set.metadata.deletionTimestamp === undefined,
  );
  const excess = old.length - deployment.spec.revisionHistoryLimit;
  return [...empty]
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, excess))
    .map((set) => ({ type: 'delete', key: keyOf('replicasets', set.metadata), uid: set.metadata.uid ?? '' }));
}
