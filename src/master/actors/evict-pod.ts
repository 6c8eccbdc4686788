/** Answers `pods/eviction`: ends a pod if its PodDisruptionBudget allows it, with Kubernetes' words and codes. */

import * as z from 'zod';
import type { Clock } from '../../common/actor/types.ts';
import { toTimestamp } from '../../common/lib/time.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { PodDisruptionBudget } from '../../common/model/pod-disruption-budget.ts';
import { internalError, notFound, type Status, tooManyRequests } from '../../common/model/status.ts';
import type { Store, StoreKey } from '../../common/store/store.ts';
import { deleteRequest } from '../../common/wire/api-protocol.ts';
import { withCondition } from '../core/conditions.ts';
import { allowedCondition, isAbout } from '../core/disruption-budgets.ts';
import { keyOf } from '../core/owners.ts';
import { isFinished, isReady } from '../core/pod-state.ts';
import type { Answer, ListSource, Objects } from '../ports.ts';

/** policy/v1 Eviction. */
export const eviction = z.looseObject({ deleteOptions: deleteRequest.optional() });

export type EvictionDependencies = {
  readonly objects: Pick<Objects, 'changeStatus' | 'delete'>;
  readonly store: Pick<Store, 'get'>;
  readonly lists: Pick<ListSource, 'list'>;
  readonly clock: Pick<Clock, 'wall'>;
};

const MESSAGE = "Cannot evict pod as it would violate the pod's disruption budget.";
/** Pods that are on their way out of one budget at most, as in Kubernetes. */
const MOST_DISRUPTED = 2000;

export async function evictPod(
  dependencies: EvictionDependencies,
  key: StoreKey,
  { deleteOptions = {} }: z.infer<typeof eviction>,
  dryRun: boolean,
): Promise<Answer<KubeObject>> {
  const { objects, store, lists, clock } = dependencies;
  const pod = (await store.get(key))?.object as Pod | undefined;
  if (pod === undefined) return refused(notFound('pods', key.name));
  const known = lists.list('poddisruptionbudgets', key.namespace).objects as readonly PodDisruptionBudget[];
  const budgets = isProtected(pod) ? known.filter((budget) => isAbout(budget, pod)) : [];
  const [budget, second] = budgets;
  if (second !== undefined) {
    return refused(
      internalError('this pod has more than one PodDisruptionBudget, which the eviction subresource does not support'),
    );
  }
  const trial = dryRun || deleteOptions.dryRun === true;
  const refusal = budget === undefined ? undefined : await take(dependencies, budget, pod, trial);
  if (refusal !== undefined) return refused(refusal);
  if (!trial) {
    const next = {
      ...{ type: 'DisruptionTarget', status: 'True' as const, reason: 'EvictionByEvictionAPI' },
      message: 'Eviction API: evicting',
    };
    await objects.changeStatus(key, pod.metadata.uid, (stored) => {
      const { status } = stored as Pod;
      return { ...status, conditions: [...withCondition(status?.conditions, next, clock.wall())] };
    });
  }
  const preconditions = { ...deleteOptions.preconditions, uid: deleteOptions.preconditions?.uid ?? pod.metadata.uid };
  const deleted = await objects.delete(key, { ...deleteOptions, preconditions, dryRun: trial });
  return deleted.ok ? { ok: true, value: success } : deleted;
}

const success: KubeObject = { apiVersion: 'v1', kind: 'Status', metadata: { name: '' }, status: 'Success', code: 201 };

/** One that does not run yet, or no more, protects nothing. */
function isProtected(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isFinished(pod) && pod.status?.phase !== 'Pending';
}

/** Takes one disruption from the budget; the refusal when it has none left. */
async function take(
  { objects, clock }: EvictionDependencies,
  { metadata }: PodDisruptionBudget,
  pod: Pod,
  trial: boolean,
): Promise<Status | undefined> {
  let refusal: Status | undefined;
  const answer = await objects.changeStatus(keyOf('poddisruptionbudgets', metadata), metadata.uid, (stored) => {
    const budget = stored as PodDisruptionBudget;
    const { status } = budget;
    const free = !isReady(pod) && mayGoUnready(budget);
    refusal = free ? undefined : refusalOf(budget);
    if (free || refusal !== undefined || trial || status === undefined) return undefined;
    const disruptionsAllowed = status.disruptionsAllowed - 1;
    return {
      ...{ ...status, disruptionsAllowed },
      disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: toTimestamp(clock.wall()) },
      conditions: [...withCondition(status.conditions, allowedCondition(disruptionsAllowed), clock.wall())],
    };
  });
  if (answer.ok) return refusal;
  // A budget that is gone protects nothing.
  const { code } = answer.status as { code?: unknown };
  return code === 404 ? undefined : (answer.status as unknown as Status);
}

function refusalOf({ metadata, status }: PodDisruptionBudget): Status | undefined {
  const { name } = metadata;
  if (status === undefined || (status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    return tooManyRequests(`${MESSAGE} The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (Object.keys(status.disruptedPods ?? {}).length > MOST_DISRUPTED) {
    return tooManyRequests(`${MESSAGE} The disruption budget ${name} has too many evictions under way.`, 10);
  }
  if (status.disruptionsAllowed > 0) return undefined;
  const why = `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
  return tooManyRequests(`${MESSAGE} ${why}`, 0);
}

/** Whether running pods that are not ready go without being counted: the budget says so, or enough others are healthy. */
function mayGoUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return status !== undefined && status.desiredHealthy > 0 && status.currentHealthy >= status.desiredHealthy;
}

function refused(status: Status): Answer<never> {
  return { ok: false, status: status as unknown as KubeObject };
}
