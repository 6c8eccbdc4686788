/** How well a pod suits a node, 0 to 100 each: a table of scores with their weights. */

import type { NodeView } from './node-views.ts';
import type { PodFacts } from './pod-requests.ts';

/** 0..100 for a node that passed the filters. */
export type Score = (pod: PodFacts, on: NodeView) => number;

export const scores: readonly { readonly name: string; readonly weight: number; readonly score: Score }[] = [
  { name: 'LeastAllocated', weight: 1, score: leastAllocated },
];

/** The mean of the free shares of cpu and memory once the pod is there. */
function leastAllocated({ scored }: PodFacts, on: NodeView): number {
  const free = (resource: 'cpu' | 'memory'): number => {
    const allocatable = on.allocatable.get(resource) ?? 0;
    const left = allocatable - on.scored[resource] - scored[resource];
    return allocatable === 0 ? 0 : (Math.max(0, left) * 100) / allocatable;
  };
  return Math.floor((free('cpu') + free('memory')) / 2);
}
