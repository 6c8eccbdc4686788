/** What a ReplicaSet's status says about its pods. */

import { deepEqual } from '../../common/lib/deep.ts';
import { matchesSelector } from '../../common/lib/labels.ts';
import type { Condition } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { ReplicaSet } from '../../common/model/replica-set.ts';
import { withCondition, withoutCondition } from './conditions.ts';
import { availableFrom, isReady } from './pod-state.ts';
import type { Millis, View } from './reconcile.ts';

type Status = NonNullable<ReplicaSet['status']>;

/**
 * The status for these active pods; undefined when it is what the ReplicaSet says already. `wakeAt`: when the next
 * ready pod becomes available by having been ready for minReadySeconds.
 */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  view: View,
): { readonly status?: Status; readonly wakeAt?: Millis } {
  const labels = set.spec.template.metadata.labels ?? {};
  const times = pods.map((pod) => availableFrom(pod, set.spec.minReadySeconds)).filter((at) => at !== undefined);
  const later = times.filter((at) => at > view.now);
  const old = set.status;
  const conditions = failureCondition(set, pods.length, view);
  const status: Status = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) => matchesSelector({ matchLabels: labels }, pod.metadata.labels)).length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: times.length - later.length,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions: [...conditions] }),
  };
  return {
    ...(deepEqual(old, status) ? {} : { status }),
    ...(later.length === 0 ? {} : { wakeAt: Math.min(...later) }),
  };
}

function failureCondition(set: ReplicaSet, active: number, view: View): readonly Condition[] {
  const old = set.status?.conditions;
  if (view.failure === undefined) return withoutCondition(old, 'ReplicaFailure');
  const reason = active < set.spec.replicas ? 'FailedCreate' : 'FailedDelete';
  return withCondition(old, { type: 'ReplicaFailure', status: 'True', reason, message: view.failure }, view.now);
}
