/**
 * Keeps the status of PodDisruptionBudgets: how many pods there should be, how many are healthy, and how many may be
 * taken away. What an eviction has taken from a budget stays in `disruptedPods` until the pod is seen to end.
 */

import { intOrPercent } from '../../common/lib/int-or-percent.ts';
import { matchesSelector } from '../../common/lib/labels.ts';
import { fromTimestamp } from '../../common/lib/time.ts';
import type { Deployment } from '../../common/model/deployment.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../common/model/pod-disruption-budget.ts';
import type { ReplicaSet } from '../../common/model/replica-set.ts';
import { withCondition } from './conditions.ts';
import { controllerKey, controllerOf, keyOf } from './owners.ts';
import { isReady } from './pod-state.ts';
import type { Changed, Controller, Key, Outcome, View } from './reconcile.ts';

/** A pod that was allowed to go and is not seen to go within this time counts again, as in Kubernetes. */
const DELETION_TIMEOUT = 120_000;

/** The controller of PodDisruptionBudgets. */
export const disruptionBudgets: Controller = { name: 'disruption-controller', touched, reconcile };

function touched({ key, before, after }: Changed, view: View): readonly Key[] {
  if (key.resource === 'poddisruptionbudgets') return [key];
  const { namespace } = key;
  if (namespace === undefined) return [];
  if (key.resource === 'pods') {
    const about = [before, after].filter((pod) => pod !== undefined) as Pod[];
    return keysOf(budgetsIn(view, namespace).filter((budget) => about.some((pod) => isAbout(budget, pod))));
  }
  // How many pods there should be is said by what manages them.
  const scaled = key.resource === 'replicasets' || key.resource === 'deployments';
  return scaled ? keysOf(budgetsIn(view, namespace)) : [];
}

const budgetsIn = (view: View, namespace: string) =>
  view.list('poddisruptionbudgets', namespace) as readonly PodDisruptionBudget[];
const keysOf = (budgets: readonly PodDisruptionBudget[]): readonly Key[] =>
  budgets.map(({ metadata }) => keyOf('poddisruptionbudgets', metadata));

/** Whether a budget counts a pod of its namespace. An empty selector means all of them, none means none. */
export function isAbout({ spec: { selector } }: PodDisruptionBudget, { metadata }: Pod): boolean {
  return selector !== undefined && matchesSelector(selector, metadata.labels);
}

function reconcile(view: View, key: Key): Outcome {
  const budget = view.get(key) as PodDisruptionBudget | undefined;
  if (budget === undefined) return { writes: [] };
  const pods = (view.list('pods', key.namespace) as readonly Pod[]).filter((pod) => isAbout(budget, pod));
  const { status, wakeAt } = statusOf(budget, pods, view);
  const same = JSON.stringify(status) === JSON.stringify(budget.status);
  return {
    writes: same ? [] : [{ type: 'updateStatus', key, object: { ...budget, status } }],
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

function statusOf(budget: PodDisruptionBudget, pods: readonly Pod[], view: View) {
  const { disruptedPods, wakeAt } = stillDisrupted(budget, pods, view.now);
  const healthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined && !Object.hasOwn(disruptedPods, pod.metadata.name) && isReady(pod),
  );
  const { expectedPods, desiredHealthy } = wantedOf(budget, pods, view);
  const currentHealthy = healthy.length;
  // A budget without pods allows nothing, so that its first pods are safe.
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const told = allowedCondition(disruptionsAllowed);
  const { generation } = budget.metadata;
  const status: PodDisruptionBudgetStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: [...withCondition(budget.status?.conditions, told, view.now)],
  };
  return { status, wakeAt };
}

/** What the status says of whether any pod may be taken away. */
export function allowedCondition(disruptionsAllowed: number) {
  return disruptionsAllowed > 0
    ? { type: 'DisruptionAllowed', status: 'True' as const, reason: 'SufficientPods', message: '' }
    : { type: 'DisruptionAllowed', status: 'False' as const, reason: 'InsufficientPods', message: '' };
}

/** Pods that were allowed to go and have not begun to, and when the first of them is to be forgotten. */
function stillDisrupted({ status }: PodDisruptionBudget, pods: readonly Pod[], now: number) {
  const disruptedPods: Record<string, string> = {};
  let wakeAt: number | undefined;
  for (const [name, time] of Object.entries(status?.disruptedPods ?? {})) {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    const until = (fromTimestamp(time) ?? 0) + DELETION_TIMEOUT;
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || until <= now) continue;
    disruptedPods[name] = time;
    wakeAt = Math.min(wakeAt ?? until, until);
  }
  return { disruptedPods, wakeAt };
}

/** How many pods there should be, and how many must be healthy. Shares are rounded up. */
function wantedOf({ spec }: PodDisruptionBudget, pods: readonly Pod[], view: View) {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) {
    const expectedPods = expectedScale(pods, view);
    return {
      expectedPods,
      desiredHealthy: Math.max(0, expectedPods - intOrPercent(maxUnavailable, expectedPods, 'up')),
    };
  }
  if (typeof minAvailable !== 'string') return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 };
  const expectedPods = expectedScale(pods, view);
  return { expectedPods, desiredHealthy: intOrPercent(minAvailable, expectedPods, 'up') };
}

/** The replicas of all that manage the pods; pods that nothing manages are not expected, as in Kubernetes. */
function expectedScale(pods: readonly Pod[], view: View): number {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const key = controllerKey(pod, 'ReplicaSet', 'replicasets');
    const set = key === undefined ? undefined : (view.get(key) as ReplicaSet | undefined);
    if (set === undefined || set.metadata.uid !== controllerOf(pod)?.uid) continue;
    const above = controllerKey(set, 'Deployment', 'deployments');
    const deployment = above === undefined ? undefined : (view.get(above) as Deployment | undefined);
    const scaled = deployment?.metadata.uid === controllerOf(set)?.uid ? (deployment ?? set) : set;
    scales.set(scaled.metadata.uid ?? '', scaled.spec.replicas);
  }
  return Array.from(scales.values()).reduce((sum, replicas) => sum + replicas, 0);
}
