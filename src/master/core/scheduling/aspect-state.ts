/**
 * What a class of pods keeps for one aspect: which domain each node is in, how many pods each domain has, and how nodes
 * are told apart by it when they are put into groups. By `domain` there are as many groups as domains; by `count` nodes
 * of domains with equally many pods stand together, but all nodes of a domain move when it gets a pod. Whichever is less
 * is taken, so that neither grows faster than the square root of the nodes. A node that is a domain of its own (`single`)
 * is a count that nobody needs to move.
 */

import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import type { Aspect } from './plugin.ts';
import { Tally } from './tally.ts';

const HOSTNAME = 'kubernetes.io/hostname';

export class AspectState {
  readonly aspect: Aspect;
  readonly tally = new Tally();
  /** The changes of the counts that nodes have been looked at for. */
  seen = 0;
  readonly #by: 'single' | 'count' | 'domain';
  readonly #domains = new Map<string, number>();
  /** By `count`: the nodes of each domain, the count that they stand under, and the domains where that is another now. */
  readonly #members = new Map<number, Set<number>>();
  readonly #standing = new Map<number, number>();
  readonly #moved = new Set<number>();

  constructor(aspect: Aspect, nodes: NodeViews) {
    this.aspect = aspect;
    const { domains, labelled } = nodes.domainsOf(aspect.topologyKey);
    const single = aspect.topologyKey === HOSTNAME && nodes.uniqueHostnames;
    this.#by = single ? 'single' : domains * domains > labelled ? 'count' : 'domain';
  }

  /** The number of the node's domain; -1 when it has none, or does not count. */
  domainOf(view: NodeView): number {
    const { labels } = view.facts;
    const { topologyKey, includes } = this.aspect;
    const value = Object.hasOwn(labels, topologyKey) ? labels[topologyKey] : undefined;
    if (value === undefined || includes?.(view) === false) return -1;
    if (this.#by === 'single') return 0;
    const known = this.#domains.get(value);
    if (known !== undefined) return known;
    this.#domains.set(value, this.#domains.size);
    return this.#domains.size - 1;
  }

  /** Puts a node with its pods into a domain, or takes it out. */
  move(slot: number, domain: number, sign: 1 | -1, pods: number): void {
    if (domain < 0) return;
    this.tally.move(this.#by === 'single' ? slot : domain, sign, pods);
    if (this.#by !== 'count') return;
    this.#moved.add(domain);
    const members = this.#members.get(domain);
    if (members === undefined) this.#members.set(domain, new Set([slot]));
    else if (sign === 1) members.add(slot);
    else members.delete(slot);
  }

  /** What a node's group is known by: negative when the node does not count. */
  mark(domain: number, pods: number): number {
    if (domain < 0 || this.#by === 'domain') return domain;
    return this.#by === 'single' ? pods : (this.#standing.get(domain) ?? 0);
  }

  /** The pods in the domain of the nodes of a group. */
  valueOf(mark: number): number {
    return mark < 0 || this.#by !== 'domain' ? mark : this.tally.in(mark);
  }

  /** The nodes whose mark is another now than it was. */
  *remarked(): Iterable<number> {
    for (const domain of this.#moved) {
      const count = this.tally.in(domain);
      if (count === (this.#standing.get(domain) ?? 0)) continue;
      this.#standing.set(domain, count);
      yield* this.#members.get(domain) ?? [];
    }
    this.#moved.clear();
  }
}
