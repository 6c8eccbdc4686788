/** A Deployment with its ReplicaSets told apart, and what the parts of its controller count on them. */

import { deepEqual } from '../../common/lib/deep.ts';
import { complete } from '../../common/model/complete.ts';
import type { Deployment } from '../../common/model/deployment.ts';
import { type PodTemplateSpec, podTemplateSpecSchema } from '../../common/model/pod-spec.ts';
import type { ReplicaSet } from '../../common/model/replica-set.ts';

export const HASH_LABEL = 'pod-template-hash';

/** `newSet` has the Deployment's template; `old` are the others, oldest first. */
export type Rollout = {
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  readonly all: readonly ReplicaSet[];
};

/** A ReplicaSet and the number of pods that it shall have. */
export type Resize = { readonly set: ReplicaSet; readonly replicas: number };

/** Tells the ReplicaSets apart. Of several with the same template the oldest is the new one, as in Kubernetes. */
export function rolloutOf(deployment: Deployment, sets: readonly ReplicaSet[]): Rollout {
  const all = [...sets].sort(byAge);
  const newSet = all.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { deployment, newSet, old: all.filter((set) => set !== newSet), all };
}

function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [a, b].map((set) => `${set.metadata.creationTimestamp ?? ''} ${set.metadata.name}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

/** What an older version has stored lacks the defaults of newer fields: no reason to roll everything out again. */
function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  const [left, right] = [withoutHash(a), withoutHash(b)];
  return deepEqual(left, right) || deepEqual(withDefaults(left), withDefaults(right));
}

const withDefaults = (template: PodTemplateSpec): unknown => complete(podTemplateSpecSchema, template);

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [HASH_LABEL]: _, ...labels } = template.metadata.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Pods that the sets are to have. */
export function wanted(sets: readonly ReplicaSet[]): number {
  return sum(sets, (set) => set.spec.replicas);
}

/** Pods that there may be: those wanted, and those that are on their way out or were not counted yet. */
export function possible(sets: readonly ReplicaSet[]): number {
  return sum(sets, (set) => Math.max(set.spec.replicas, set.status?.replicas ?? 0));
}

/** Available pods that will stay: a set that shrinks may take available ones. */
export function available(sets: readonly ReplicaSet[]): number {
  return sum(sets, availableOf);
}

export function availableOf(set: ReplicaSet): number {
  return Math.min(set.spec.replicas, set.status?.availableReplicas ?? 0);
}

/** Whether the status of every set speaks of its present spec: before, its counts prove nothing. */
export function allObserved(sets: readonly ReplicaSet[]): boolean {
  return sets.every((set) => (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0));
}

export function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
