/**
 * Making room for a pod that no node can take: which pods of lower priority must go, and from which node. Nothing is
 * named that does not make room.
 */

import { fromTimestamp } from '../../../common/lib/time.ts';
import { mirrorOf } from '../../../common/model/static-pods.ts';
import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import type { PodClass } from './pod-class.ts';
import type { PodFacts } from './pod-facts.ts';

export type Preemption = { readonly node: string; readonly victims: readonly PodFacts[] };

/** The pods that are ending on the node that the pod was promised, if there are any: it has only to wait for them. */
export function endingFor(pod: PodFacts, on: NodeView | undefined): Preemption | undefined {
  if (on === undefined) return undefined;
  const victims = Array.from(on.pods.values()).filter((one) => one.terminating && one.priority < pod.priority);
  return victims.length === 0 ? undefined : { node: on.facts.name, victims };
}

/**
 * The node where least is lost: the lowest highest priority of a victim, then the smallest sum of priorities, then the
 * fewest victims, then those that were started last. `pods` is the class of the pod. PodDisruptionBudgets do not exist.
 */
export function preempt(pod: PodFacts, nodes: NodeViews, pods: PodClass): Preemption | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never' || !nodes.hasLower(pod.priority)) return undefined;
  let best: Preemption | undefined;
  let least: Cost | undefined;
  for (let slot = 0; slot < nodes.slots; slot++) {
    const view = nodes.at(slot);
    if (view === undefined || pods.isBarred(slot)) continue;
    const lower = Array.from(view.pods.values()).filter((one) => isLower(one, pod));
    // Most nodes cannot be better than the best so far, whichever of their pods would have to go.
    if (lower.length === 0 || (least !== undefined && compare(least, lowestCost(lower)) <= 0)) continue;
    if (!canHold(pod, view, lower)) continue;
    const victims = victimsOn(view, lower, nodes, pods);
    if (victims === undefined) continue;
    const cost = costOf(victims);
    if (least !== undefined && compare(least, cost) <= 0) continue;
    best = { node: view.facts.name, victims };
    least = cost;
  }
  return best;
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

const isLower = (one: PodFacts, than: PodFacts): boolean =>
  one.priority < than.priority && mirrorOf(one.pod) === undefined;

/** The pods that must go for the pod to fit: all of lower priority may, as many as can are spared, the highest first. */
function victimsOn(on: NodeView, lower: PodFacts[], nodes: NodeViews, pods: PodClass): readonly PodFacts[] | undefined {
  for (const one of lower) nodes.suspend(one);
  const gone = new Set(lower);
  const fits = () => pods.against(on.slot).length === 0;
  const makesRoom = fits();
  const dearestFirst = lower.sort((a, b) => b.priority - a.priority || startOf(a) - startOf(b));
  for (const one of dearestFirst) {
    nodes.resume(one);
    gone.delete(one);
    if (!makesRoom || fits()) continue;
    nodes.suspend(one);
    gone.add(one);
  }
  for (const one of gone) nodes.resume(one);
  return makesRoom && gone.size > 0 ? Array.from(gone) : undefined;
}

/** What is lost with victims. Priorities are summed from the lowest there is, so that many low ones do not look like none. */
type Cost = { readonly highest: number; readonly sum: number; readonly count: number; readonly start: number };

function costOf(victims: readonly PodFacts[]): Cost {
  const highest = Math.max(...victims.map(({ priority }) => priority));
  const dearest = victims.filter(({ priority }) => priority === highest);
  const sum = victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  return { highest, sum, count: victims.length, start: Math.min(...dearest.map(startOf)) };
}

/** No choice of victims among these costs less. */
function lowestCost(lower: readonly PodFacts[]): Cost {
  const highest = Math.min(...lower.map(({ priority }) => priority));
  return { highest, sum: highest + 2 ** 31, count: 1, start: Math.max(...lower.map(startOf)) };
}

/** Negative when less is lost with `a`. Starts may be infinite. */
function compare(a: Cost, b: Cost): number {
  const later = a.start === b.start ? 0 : a.start > b.start ? -1 : 1;
  return a.highest - b.highest || a.sum - b.sum || a.count - b.count || later;
}

function startOf({ pod }: PodFacts): number {
  const at = pod.status?.startTime ?? pod.metadata.creationTimestamp;
  return (at === undefined ? undefined : fromTimestamp(at)) ?? Number.POSITIVE_INFINITY;
}
