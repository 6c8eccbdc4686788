/**
 * Making room for a pod that no node can take: which pods of lower priority must go, and from which node. Nothing is
 * named that does not make room.
 */

import { fromTimestamp } from '../../../common/lib/time.ts';
import { mirrorOf } from '../../../common/model/static-pods.ts';
import type { Budgets } from './budgets.ts';
import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import type { PodClass } from './pod-class.ts';
import type { PodFacts } from './pod-facts.ts';

/** `violations`: how many of the victims' PodDisruptionBudgets allow no more. */
export type Preemption = {
  readonly node: string;
  readonly victims: readonly PodFacts[];
  readonly violations: number;
};

/** The pods that are ending on the node that the pod was promised, if there are any: it has only to wait for them. */
export function endingFor(pod: PodFacts, on: NodeView | undefined): Preemption | undefined {
  if (on === undefined) return undefined;
  const victims = Array.from(on.pods.values()).filter((one) => one.terminating && one.priority < pod.priority);
  return victims.length === 0 ? undefined : { node: on.facts.name, victims, violations: 0 };
}

/**
 * The node where least is lost: the fewest broken budgets, then the lowest highest priority of a victim, then the smallest
 * sum of priorities, then the fewest victims, then those that were started last. `pods` is the class of the pod.
 */
export function preempt(pod: PodFacts, nodes: NodeViews, pods: PodClass, budgets: Budgets): Preemption | undefined {
  let best: Preemption | undefined;
  let least: Cost | undefined;
  if (hasNobodyToRemove(pod, nodes) !== undefined) return undefined;
  for (let slot = 0; slot < nodes.slots; slot++) {
    const found = candidateOn(slot, pod, nodes, pods, budgets, least);
    if (found === undefined) continue;
    const cost = costOf(found);
    if (least !== undefined && compare(least, cost) <= 0) continue;
    best = found;
    least = cost;
  }
  return best;
}

/** All nodes where room could be made, the one where least is lost first. Looks thoroughly at each: for people who ask. */
export function candidates(pod: PodFacts, nodes: NodeViews, pods: PodClass, budgets: Budgets): readonly Preemption[] {
  if (hasNobodyToRemove(pod, nodes) !== undefined) return [];
  const all = Array.from({ length: nodes.slots }, (_, slot) => candidateOn(slot, pod, nodes, pods, budgets));
  return all.filter((one) => one !== undefined).sort((a, b) => compare(costOf(a), costOf(b)));
}

/**
 * Whether others could make room for the pod on a node that has changed since `since` (see NodeViews.changedSince): a quick
 * look, that says no only where there is none. `pods` is the class of the pod.
 */
export function mayMakeRoom(pod: PodFacts, nodes: NodeViews, pods: PodClass, since: number): boolean {
  if (hasNobodyToRemove(pod, nodes) !== undefined) return false;
  let may = false;
  nodes.changedSince(since, (slot) => {
    const view = nodes.at(slot);
    if (may || view === undefined || pods.isBarred(slot)) return;
    const lower = lowerOn(view, pod);
    may = lower.length > 0 && canHold(pod, view, lower);
  });
  return may;
}

/** Why no pod may be removed for this one, wherever; undefined when some may. */
export function hasNobodyToRemove(pod: PodFacts, nodes: NodeViews): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never') return 'its preemptionPolicy is Never';
  return nodes.hasLower(pod.priority) ? undefined : 'no pod on any node has a lower priority';
}

/** The pods that would have to go from a node; undefined when that makes no room, or costs more than `least`. */
function candidateOn(
  slot: number,
  pod: PodFacts,
  nodes: NodeViews,
  pods: PodClass,
  budgets: Budgets,
  least?: Cost,
): Preemption | undefined {
  const view = nodes.at(slot);
  if (view === undefined || pods.isBarred(slot)) return undefined;
  const lower = lowerOn(view, pod);
  // Most nodes cannot be better than the best so far, whichever of their pods would have to go.
  if (lower.length === 0 || (least !== undefined && compare(least, lowestCost(lower)) <= 0)) return undefined;
  return canHold(pod, view, lower) ? victimsOn(view, lower, nodes, pods, budgets) : undefined;
}

/** Whether the node has the resources once all of them are gone: a quick look before the thorough one. */
function canHold({ requests }: PodFacts, { facts, used }: NodeView, gone: readonly PodFacts[]): boolean {
  for (const [name, amount] of requests) {
    let taken = used.get(name) ?? 0;
    for (const one of gone) taken -= one.requests.get(name) ?? 0;
    if (amount > 0 && taken + amount > (facts.allocatable.get(name) ?? 0)) return false;
  }
  return true;
}

const lowerOn = ({ pods }: NodeView, than: PodFacts): PodFacts[] =>
  Array.from(pods.values()).filter((one) => one.priority < than.priority && mirrorOf(one.pod) === undefined);

/**
 * The pods that must go for the pod to fit: all of lower priority may, as many as can are spared, first those whose
 * budget allows no more, of these and of the others the highest first.
 */
function victimsOn(
  on: NodeView,
  lower: PodFacts[],
  nodes: NodeViews,
  pods: PodClass,
  budgets: Budgets,
): Preemption | undefined {
  for (const one of lower) nodes.suspend(one);
  const gone = new Set(lower);
  const fits = () => pods.against(on.slot).length === 0;
  const makesRoom = fits();
  const dearestFirst = lower.sort((a, b) => b.priority - a.priority || startOf(a) - startOf(b));
  const violating = budgets.violating(dearestFirst);
  const unspared = dearestFirst.filter((one) => !violating.has(one));
  for (const one of [...violating, ...unspared]) {
    nodes.resume(one);
    gone.delete(one);
    if (!makesRoom || fits()) continue;
    nodes.suspend(one);
    gone.add(one);
  }
  for (const one of gone) nodes.resume(one);
  if (!makesRoom || gone.size === 0) return undefined;
  const victims = Array.from(gone);
  return { node: on.facts.name, victims, violations: victims.filter((one) => violating.has(one)).length };
}

/** What is lost with victims. Priorities are summed from the lowest there is, so that many low ones do not look like none. */
type Cost = {
  readonly violations: number;
  readonly highest: number;
  readonly sum: number;
  readonly count: number;
  readonly start: number;
};

function costOf({ victims, violations }: Preemption): Cost {
  const highest = Math.max(...victims.map(({ priority }) => priority));
  const dearest = victims.filter(({ priority }) => priority === highest);
  const sum = victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  return { violations, highest, sum, count: victims.length, start: Math.min(...dearest.map(startOf)) };
}

/** No choice of victims among these costs less. */
function lowestCost(lower: readonly PodFacts[]): Cost {
  const highest = Math.min(...lower.map(({ priority }) => priority));
  return { violations: 0, highest, sum: highest + 2 ** 31, count: 1, start: Math.max(...lower.map(startOf)) };
}

/** Negative when less is lost with `a`. Starts may be infinite. */
function compare(a: Cost, b: Cost): number {
  const later = a.start === b.start ? 0 : a.start > b.start ? -1 : 1;
  return a.violations - b.violations || a.highest - b.highest || a.sum - b.sum || a.count - b.count || later;
}

function startOf({ pod }: PodFacts): number {
  const at = pod.status?.startTime ?? pod.metadata.creationTimestamp;
  return (at === undefined ? undefined : fromTimestamp(at)) ?? Number.POSITIVE_INFINITY;
}
