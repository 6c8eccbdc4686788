/** How good a node is by what of its cpu and memory is taken once the pod is there: 0 to 100. */

import type { NodeView } from './node-view.ts';
import type { Arguments } from './plugin.ts';
import type { PodFacts } from './pod-facts.ts';

const RESOURCES = ['cpu', 'memory'] as const;

/** Least allocated: the emptier the better. Most allocated: the fuller. Otherwise as the shape says. */
export function fitScore(pod: PodFacts, on: NodeView, { scoringStrategy, shape }: Arguments): number {
  let total = 0;
  for (const name of RESOURCES) {
    const all = on.facts.allocatable.get(name) ?? 0;
    const used = on.scored[name] + pod.scored[name];
    if (scoringStrategy === 'RequestedToCapacityRatio') {
      total += Math.floor(10 * along(shape, all === 0 ? 100 : Math.min(100, (used * 100) / all)));
    } else if (used <= all && all > 0) {
      total += Math.floor(((scoringStrategy === 'MostAllocated' ? used : all - used) * 100) / all);
    }
  }
  return Math.floor(total / RESOURCES.length);
}

/** The nearer the shares of cpu and memory are to each other, the better; by what is requested. */
export function balanceScore({ requests }: PodFacts, on: NodeView): number {
  const cpu = share((on.used.get('cpu') ?? 0) + (requests.get('cpu') ?? 0), on, 'cpu');
  const memory = share((on.used.get('memory') ?? 0) + (requests.get('memory') ?? 0), on, 'memory');
  return Math.floor((1 - Math.abs(Math.min(1, cpu) - Math.min(1, memory)) / 2) * 100);
}

function share(amount: number, on: NodeView, name: (typeof RESOURCES)[number]): number {
  const allocatable = on.facts.allocatable.get(name) ?? 0;
  return allocatable === 0 ? Number.POSITIVE_INFINITY : amount / allocatable;
}

/** The score of a utilization on the line through the points. */
function along(shape: Arguments['shape'], utilization: number): number {
  let before = shape[0];
  for (const point of shape) {
    if (before === undefined || utilization <= point.utilization) {
      if (before === undefined || before === point) return point.score;
      const part = (utilization - before.utilization) / (point.utilization - before.utilization);
      return before.score + part * (point.score - before.score);
    }
    before = point;
  }
  return before?.score ?? 0;
}
