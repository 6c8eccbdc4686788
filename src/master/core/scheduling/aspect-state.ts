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
import type { Topology } from './topology.ts';

const HOSTNAME = 'kubernetes.io/hostname';

export class AspectState {
  readonly tally = new Tally();
  readonly #aspect: Aspect;
  readonly #nodes: NodeViews;
  readonly #topology: Topology;
  readonly #by: 'single' | 'count' | 'domain';
  /** By slot: the domain and 1, or 0 for none; and the pods that the node adds to it. */
  #domains = new Int32Array(0);
  #pods = new Int32Array(0);
  /** By `count`: the nodes of each domain, the count that they stand under, and the domains where that is another now. */
  readonly #members = new Map<number, Set<number>>();
  readonly #standing = new Map<number, number>();
  readonly #moved = new Set<number>();
  /** The changes of the counts that nodes have been looked at for. */
  #seen: number;

  constructor(aspect: Aspect, nodes: NodeViews) {
    this.#aspect = aspect;
    this.#nodes = nodes;
    this.#topology = nodes.holdTopology(aspect.topologyKey);
    const { domains, labelled } = this.#topology;
    const single = aspect.topologyKey === HOSTNAME && nodes.uniqueHostnames;
    this.#by = single ? 'single' : domains * domains > labelled ? 'count' : 'domain';
    this.#seen = aspect.counts.changes.now;
  }

  /** Gives back what it holds of the nodes. */
  release(): void {
    this.#nodes.releaseTopology(this.#aspect.topologyKey);
  }

  /** The Node is another, or gone: finds its domain. */
  locate(slot: number, view: NodeView | undefined): void {
    if (slot >= this.#domains.length) this.#grow(slot);
    const { topologyKey, counts, includes } = this.#aspect;
    const before = (this.#domains[slot] ?? 0) - 1;
    const counted = view !== undefined && Object.hasOwn(view.facts.labels, topologyKey) && includes?.(view) !== false;
    const domain = counted ? this.#domainAt(slot) : -1;
    const pods = counts.at(slot);
    if (before === domain && pods === this.#pods[slot]) return;
    this.#move(slot, before, -1, this.#pods[slot] ?? 0);
    this.#domains[slot] = domain + 1;
    this.#pods[slot] = pods;
    this.#move(slot, domain, 1, pods);
  }

  /** Looks at the nodes that have more or fewer of the counted pods; those that may stand elsewhere now are added to `moved`. */
  recount(slots: number, moved: number[]): void {
    const { counts } = this.#aspect;
    const { now } = counts.changes;
    if (this.#seen === now) return;
    counts.changes.since(this.#seen, slots, (slot) => {
      const [domain, before, pods] = [(this.#domains[slot] ?? 0) - 1, this.#pods[slot] ?? 0, counts.at(slot)];
      if (before === pods || slot >= this.#domains.length) return;
      this.#pods[slot] = pods;
      if (domain < 0) return;
      this.tally.change(domain, pods - before);
      if (this.#by === 'count') this.#moved.add(domain);
      else if (this.#by === 'single') moved.push(slot);
    });
    this.#seen = now;
  }

  /** Adds the nodes whose mark is another now than it was. */
  remark(moved: number[]): void {
    if (this.#moved.size === 0) return;
    for (const domain of this.#moved) {
      const count = this.tally.in(domain);
      if (count === (this.#standing.get(domain) ?? 0)) continue;
      this.#standing.set(domain, count);
      for (const slot of this.#members.get(domain) ?? []) moved.push(slot);
    }
    this.#moved.clear();
  }

  /** What a node's group is known by: negative when the node does not count. */
  mark(slot: number): number {
    const domain = (this.#domains[slot] ?? 0) - 1;
    if (domain < 0 || this.#by === 'domain') return domain;
    return this.#by === 'single' ? (this.#pods[slot] ?? 0) : (this.#standing.get(domain) ?? 0);
  }

  /** The pods in the domain of the nodes of a group. */
  valueOf(mark: number): number {
    return mark < 0 || this.#by !== 'domain' ? mark : this.tally.in(mark);
  }

  /** A node that is a domain of its own is the domain of its slot. */
  #domainAt(slot: number): number {
    return this.#by === 'single' ? slot : this.#topology.at(slot);
  }

  #move(slot: number, domain: number, sign: 1 | -1, pods: number): void {
    if (domain < 0) return;
    this.tally.move(domain, sign, pods);
    if (this.#by !== 'count') return;
    this.#moved.add(domain);
    const members = this.#members.get(domain);
    if (members === undefined) this.#members.set(domain, new Set([slot]));
    else if (sign === 1) members.add(slot);
    else members.delete(slot);
  }

  #grow(slot: number): void {
    const length = Math.max(64, slot + 1, this.#topology.slots, this.#domains.length * 2);
    const larger = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const made = new Int32Array(length);
      made.set(old);
      return made;
    };
    this.#domains = larger(this.#domains);
    this.#pods = larger(this.#pods);
  }
}
