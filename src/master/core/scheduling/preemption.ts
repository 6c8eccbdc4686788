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
  for (let slot = 0; slot < nodes.slots; slot++) {
    const view = nodes.at(slot);
    if (view === undefined || pods.isBarred(slot)) continue;
    const victims = victimsOn(pod, view, nodes, pods);
    if (victims === undefined || (best !== undefined && compare(best.victims, victims) <= 0)) continue;
    best = { node: view.facts.name, victims };
  }
  return best;
}

/** The pods that must go for the pod to fit: all of lower priority may, as many as can are spared, the highest first. */
function victimsOn(pod: PodFacts, on: NodeView, nodes: NodeViews, pods: PodClass): readonly PodFacts[] | undefined {
  const lower = Array.from(on.pods.values()).filter(
    (one) => one.priority < pod.priority && mirrorOf(one.pod) === undefined,
  );
  if (lower.length === 0) return undefined;
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

/** Negative when less is lost with `a`. */
function compare(a: readonly PodFacts[], b: readonly PodFacts[]): number {
  return (
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.length - b.length ||
    Math.min(...dearest(b).map(startOf)) - Math.min(...dearest(a).map(startOf))
  );
}

const highest = (victims: readonly PodFacts[]): number => Math.max(...victims.map(({ priority }) => priority));
const dearest = (victims: readonly PodFacts[]) => victims.filter(({ priority }) => priority === highest(victims));
/** Moved up so that priorities below zero do not make many victims look like few. */
const sum = (victims: readonly PodFacts[]): number =>
  victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);

function startOf({ pod }: PodFacts): number {
  const at = pod.status?.startTime ?? pod.metadata.creationTimestamp;
  return (at === undefined ? undefined : fromTimestamp(at)) ?? Number.POSITIVE_INFINITY;
}
