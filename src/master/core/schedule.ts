/** Where pending pods go: filter, score, choose; a batch counts with what it has just placed. */

import { filters } from './filters.ts';
import type { NodeView, NodeViews } from './node-views.ts';
import type { PodFacts } from './pod-requests.ts';
import { scores } from './scores.ts';

/** `seed` decides between equally good nodes: the same seed chooses the same. */
export type Policy = { readonly seed: number };

/** A node, or why there is none, in Kubernetes' words. */
export type Placement =
  | { readonly pod: PodFacts; readonly node: string }
  | { readonly pod: PodFacts; readonly node?: undefined; readonly message: string };

/**
 * Places pods in their order. Each placement is assumed in `nodes` at once, so a batch never puts more on a node
 * than it has; the caller forgets those that do not come about.
 */
export function schedule(pending: readonly PodFacts[], nodes: NodeViews, policy: Policy): readonly Placement[] {
  const chance = seeded(policy.seed);
  return pending.map((pod) => {
    const { node, refusals } = choose(pod, nodes, chance);
    if (node === undefined) return { pod, message: refusal(nodes.size, refusals) };
    nodes.assume(pod, node.name);
    return { pod, node: node.name };
  });
}

function choose(pod: PodFacts, nodes: NodeViews, chance: () => number) {
  const refusals = new Map<string, number>();
  let best: NodeView | undefined;
  let highest = -1;
  let equals = 0;
  for (const node of nodes.all()) {
    const reasons = reasonsAgainst(pod, node);
    for (const reason of reasons) refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
    if (reasons.length > 0) continue;
    const total = scores.reduce((sum, { score, weight }) => sum + weight * score(pod, node), 0);
    if (total < highest) continue;
    equals = total > highest ? 1 : equals + 1;
    highest = total;
    // Each of the equals found so far is the choice with the same probability.
    if (chance() * equals < 1) best = node;
  }
  return { node: best, refusals };
}

/** Why the node cannot take the pod: the reasons of the first filter that has any. */
export function reasonsAgainst(pod: PodFacts, node: NodeView): readonly string[] {
  for (const name in filters) {
    const reasons = filters[name]?.(pod, node) ?? [];
    if (reasons.length > 0) return reasons;
  }
  return [];
}

function refusal(nodes: number, refusals: ReadonlyMap<string, number>): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const reasons = Array.from(refusals, ([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${reasons.join(', ')}.`;
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
