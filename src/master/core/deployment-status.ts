/** What a Deployment's status says about its rollout: counts, and the conditions with Kubernetes' reasons. */

import { deepEqual } from '../../common/lib/deep.ts';
import { fromTimestamp, toTimestamp } from '../../common/lib/time.ts';
import type { DeploymentStatus } from '../../common/model/deployment.ts';
import type { Condition } from '../../common/model/meta.ts';
import { condition, withCondition, withoutCondition } from './conditions.ts';
import type { Millis } from './reconcile.ts';
import type { Rollout } from './rollout.ts';
import { sum } from './rollout.ts';
import { limitsOf } from './rollout-limits.ts';

/** Kubernetes' way to say that there is no deadline. */
const NO_DEADLINE = 2 ** 31 - 1;

type Counts = {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
};
type Told = { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string };

/** Whether all pods are of the newest template and available, and no others are left. */
export function isComplete({ deployment, newSet, all }: Rollout): boolean {
  const { replicas } = deployment.spec;
  const counts = countsOf({ deployment, newSet, all });
  return counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas;
}

/**
 * The status now; undefined when the Deployment says so already. `created` names a ReplicaSet that is being made.
 * `wakeAt`: when the progress deadline passes.
 */
export function deploymentStatus(
  rollout: Rollout,
  now: Millis,
  made: { readonly created?: string; readonly collided: boolean },
): { readonly status?: DeploymentStatus; readonly wakeAt?: Millis } {
  const { deployment } = rollout;
  const old = deployment.status ?? {};
  const counts = countsOf(rollout);
  const collisionCount = (old.collisionCount ?? 0) + (made.collided ? 1 : 0);
  let conditions = withCondition(old.conditions, { type: 'Available', ...availability(rollout, counts) }, now);
  const progressing = progress(rollout, counts, now, made.created);
  if (progressing !== undefined) conditions = withProgress(conditions, progressing, now);
  conditions = withFailure(conditions, rollout, now);
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...counts,
    ...(collisionCount === 0 ? {} : { collisionCount }),
    conditions: [...conditions],
  };
  const wakeAt = deadlineOf(rollout, conditions);
  return {
    ...(deepEqual(deployment.status, status) ? {} : { status }),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

function countsOf({ deployment, newSet, all }: Omit<Rollout, 'old'>): Counts {
  const replicas = sum(all, (set) => set.status?.replicas ?? 0);
  const availableReplicas = sum(all, (set) => set.status?.availableReplicas ?? 0);
  return {
    replicas,
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(all, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas,
    unavailableReplicas: Math.max(0, Math.max(deployment.spec.replicas, replicas) - availableReplicas),
  };
}

function availability({ deployment }: Rollout, counts: Counts): Told {
  return counts.availableReplicas >= deployment.spec.replicas - limitsOf(deployment).unavailable
    ? { status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** What Progressing says now; undefined when it stays as it is. */
function progress(rollout: Rollout, counts: Counts, now: Millis, created: string | undefined): Told | undefined {
  const { deployment, newSet } = rollout;
  const old = condition(deployment.status?.conditions, 'Progressing');
  if (deployment.spec.paused === true) {
    return { status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' };
  }
  if (old?.reason === 'DeploymentPaused') {
    return { status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' };
  }
  if (created !== undefined) {
    return { status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "${created}"` };
  }
  if (newSet === undefined) return undefined;
  const name = `ReplicaSet "${newSet.metadata.name}"`;
  if (isComplete(rollout)) {
    return { status: 'True', reason: 'NewReplicaSetAvailable', message: `${name} has successfully progressed.` };
  }
  // A rollout that was complete stays so while pods come and go, or are scaled: only a new template starts another.
  if (old?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas) return undefined;
  if (hasMoved(rollout, counts)) {
    return { status: 'True', reason: 'ReplicaSetUpdated', message: `${name} is progressing.` };
  }
  if (old === undefined) {
    return { status: 'True', reason: 'FoundNewReplicaSet', message: `Found new replica set "${newSet.metadata.name}"` };
  }
  const deadline = deadlineOf(rollout, deployment.status?.conditions);
  return deadline !== undefined && now >= deadline
    ? { status: 'False', reason: 'ProgressDeadlineExceeded', message: `${name} has timed out progressing.` }
    : undefined;
}

function hasMoved({ deployment }: Rollout, counts: Counts): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = deployment.status ?? {};
  return (
    counts.updatedReplicas > updatedReplicas ||
    counts.replicas - counts.updatedReplicas < replicas - updatedReplicas ||
    counts.readyReplicas > readyReplicas ||
    counts.availableReplicas > availableReplicas
  );
}

/** Sets Progressing and the time of the progress, which the deadline counts from. */
function withProgress(conditions: readonly Condition[], told: Told, now: Millis): readonly Condition[] {
  const next = withCondition(conditions, { type: 'Progressing', ...told }, now);
  const repeated = next === conditions && told.reason !== 'ReplicaSetUpdated';
  if (repeated) return conditions;
  const lastUpdateTime = toTimestamp(now);
  return next.map((one) => (one.type === 'Progressing' ? { ...one, lastUpdateTime } : one));
}

function withFailure(conditions: readonly Condition[], { newSet, old }: Rollout, now: Millis): readonly Condition[] {
  const failures = [...(newSet === undefined ? [] : [newSet]), ...old].map((set) =>
    condition(set.status?.conditions, 'ReplicaFailure'),
  );
  const failure = failures.find((one) => one?.status === 'True');
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  const { reason = '', message = '' } = failure;
  return withCondition(conditions, { type: 'ReplicaFailure', status: 'True', reason, message }, now);
}

/** When the deadline passes; undefined when there is none, or the rollout is complete, paused or late already. */
function deadlineOf({ deployment }: Rollout, conditions: readonly Condition[] | undefined): Millis | undefined {
  const { paused, progressDeadlineSeconds } = deployment.spec;
  const now = condition(conditions, 'Progressing');
  const settled = now?.reason === 'NewReplicaSetAvailable' || now?.reason === 'ProgressDeadlineExceeded';
  if (paused === true || settled || now === undefined || progressDeadlineSeconds >= NO_DEADLINE) return undefined;
  const since = fromTimestamp(now.lastUpdateTime ?? now.lastTransitionTime ?? '');
  return since === undefined ? undefined : since + progressDeadlineSeconds * 1000;
}
