/** What a class of pods keeps for one aspect: which domain each node is in, and how many pods each domain has. */

import type { NodeView } from './node-view.ts';
import type { Aspect } from './plugin.ts';
import { Tally } from './tally.ts';

const HOSTNAME = 'kubernetes.io/hostname';

export type AspectState = {
  readonly aspect: Aspect;
  readonly tally: Tally;
  /** Every node is a domain of its own: in the tally its number is the node's slot, elsewhere 0. */
  readonly single: boolean;
  readonly domains: Map<string, number>;
  /** The changes of the counts that nodes have been looked at for. */
  seen: number;
};

export function aspectState(aspect: Aspect, uniqueHostnames: boolean): AspectState {
  const single = aspect.topologyKey === HOSTNAME && uniqueHostnames;
  return { aspect, tally: new Tally(), single, domains: new Map(), seen: 0 };
}

/** The number of the node's domain; -1 when it has none, or does not count. */
export function domainOf({ aspect, single, domains }: AspectState, view: NodeView): number {
  const { labels } = view.facts;
  const value = Object.hasOwn(labels, aspect.topologyKey) ? labels[aspect.topologyKey] : undefined;
  if (value === undefined || aspect.includes?.(view) === false) return -1;
  if (single) return 0;
  const known = domains.get(value);
  if (known !== undefined) return known;
  domains.set(value, domains.size);
  return domains.size - 1;
}
