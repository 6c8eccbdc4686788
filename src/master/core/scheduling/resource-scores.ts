/** How good a node is by what of its resources is taken once the pod is there: 0 to 100. */

import type { NodeView } from './node-view.ts';
import type { Arguments } from './plugin.ts';
import type { PodFacts } from './pod-facts.ts';

/**
 * Least allocated: the emptier the better. Most allocated: the fuller. Otherwise as the shape says. The mean over the
 * resources by their weights; one that the node does not have counts nothing, nor does an extended one that the pod does
 * not ask for.
 */
export function fitScore(pod: PodFacts, on: NodeView, args: Arguments): number {
  let total = 0;
  let weights = 0;
  for (const { name, weight } of args.resources) {
    const all = on.facts.allocatable.get(name) ?? 0;
    const basic = name === 'cpu' || name === 'memory';
    const own = basic ? pod.scored[name] : (pod.requests.get(name) ?? 0);
    if (all === 0 || (!basic && own === 0)) continue;
    const used = own + (basic ? on.scored[name] : (on.used.get(name) ?? 0));
    total += weight * resourceScore(used, all, args);
    weights += weight;
  }
  return weights === 0 ? 0 : Math.floor(total / weights);
}

function resourceScore(used: number, all: number, { scoringStrategy, shape }: Arguments): number {
  if (scoringStrategy === 'RequestedToCapacityRatio') {
    return along(shape, Math.min(100, Math.floor((used * 100) / all)));
  }
  if (used > all) return 0;
  return Math.floor(((scoringStrategy === 'MostAllocated' ? used : all - used) * 100) / all);
}

/** The nearer the shares of cpu and memory are to each other, the better; by what is requested. */
export function balanceScore({ requests }: PodFacts, on: NodeView): number {
  const cpu = share((on.used.get('cpu') ?? 0) + (requests.get('cpu') ?? 0), on, 'cpu');
  const memory = share((on.used.get('memory') ?? 0) + (requests.get('memory') ?? 0), on, 'memory');
  return Math.floor((1 - Math.abs(Math.min(1, cpu) - Math.min(1, memory)) / 2) * 100);
}

function share(amount: number, on: NodeView, name: string): number {
  const allocatable = on.facts.allocatable.get(name) ?? 0;
  return allocatable === 0 ? Number.POSITIVE_INFINITY : amount / allocatable;
}

/** Ten times the score of a utilization on the line through the points; in whole numbers, as Kubernetes counts. */
function along(shape: Arguments['shape'], utilization: number): number {
  let before = shape[0];
  for (const point of shape) {
    if (before === undefined || utilization <= point.utilization) {
      if (before === undefined || before === point) return 10 * point.score;
      const rise = 10 * (point.score - before.score) * (utilization - before.utilization);
      return 10 * before.score + Math.trunc(rise / (point.utilization - before.utilization));
    }
    before = point;
  }
  return 10 * (before?.score ?? 0);
}
