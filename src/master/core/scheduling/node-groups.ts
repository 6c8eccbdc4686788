/**
 * All nodes as they are for one class of pods: judged once and again only when they change; those that differ only in how
 * good they are stand together in a group.
 */

import type { AspectState } from './aspect-state.ts';
import { Group } from './group.ts';
import type { FixedVerdict, NodeJudge } from './node-judge.ts';
import type { NodeFacts, NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import { Reasons } from './reasons.ts';

/** What is known of one node; changed in place, as this is done millions of times. */
type Known = {
  readonly view: NodeView;
  version: number;
  facts: NodeFacts | undefined;
  fixed: FixedVerdict;
  /** By aspect: the node's domain, and the pods that it adds to it. */
  domains: readonly number[];
  pods: readonly number[];
  reasons: readonly string[];
  group: Group | undefined;
  score: number;
};
const NONE: readonly string[] = [];
const NO_NUMBERS: readonly number[] = [];
const NOTHING: FixedVerdict = { reasons: NONE, score: 0, raws: [] };

export class NodeGroups {
  readonly #nodes: NodeViews;
  readonly #judge: NodeJudge;
  readonly #aspects: readonly AspectState[];
  readonly #known: (Known | undefined)[] = [];
  readonly #groups = new Map<string, Group>();
  #places = new Int32Array(0);
  /** Lists of numbers that many nodes have alike. */
  readonly #lists = new Map<string, readonly number[]>();
  /** Why nodes by themselves cannot take the pod. */
  readonly reasons = new Reasons();
  #seen = -1;
  /** Changes of counted pods that have not been found on any node yet. */
  #owed = 0;

  /** The marks of a group are those of its `aspects` in their order, then the scores that the judge leaves to normalise. */
  constructor(nodes: NodeViews, judge: NodeJudge, aspects: readonly AspectState[]) {
    this.#nodes = nodes;
    this.#judge = judge;
    this.#aspects = aspects;
  }

  /** The groups of nodes that by themselves can take the pod. */
  all(): readonly Group[] {
    return Array.from(this.#groups.values());
  }

  /** The group of a node, or why it is in none. */
  standing(slot: number): { readonly group?: Group | undefined; readonly reasons: readonly string[] } {
    return this.#known[slot] ?? { reasons: ['no such node'] };
  }

  /** Whether the node itself cannot take such a pod, whatever runs there. */
  isBarred(slot: number): boolean {
    return (this.#known[slot]?.fixed.reasons.length ?? 1) > 0;
  }

  /** Looks at the nodes that have changed since the last time. */
  refresh(): void {
    const { now } = this.#nodes;
    if (this.#seen === now) return;
    this.#owed = 0;
    for (const state of this.#aspects) {
      this.#owed += state.aspect.counts.changes - state.seen;
      state.seen = state.aspect.counts.changes;
    }
    this.#nodes.changedSince(this.#seen, this.#look);
    for (const aspect of this.#aspects) for (const slot of aspect.remarked()) this.#regroup(slot);
    this.#seen = now;
  }

  /** Judges a node again, if it has changed since. */
  readonly #look = (slot: number): void => {
    const view = this.#nodes.at(slot);
    let known = this.#known[slot];
    if (known !== undefined && known.view !== view) {
      this.#leave(slot, known);
      this.#tell(slot, known, -1);
      known = undefined;
    }
    if (view === undefined) this.#known[slot] = undefined;
    else if (known === undefined) this.#meet(slot, view);
    else if (known.version !== view.version) this.#update(slot, known);
  };

  #meet(slot: number, view: NodeView): void {
    const unknown = { version: -1, facts: undefined, fixed: NOTHING, reasons: NONE, group: undefined, score: 0 };
    const known: Known = { view, ...unknown, domains: NO_NUMBERS, pods: NO_NUMBERS };
    this.#known[slot] = known;
    if (slot >= this.#places.length) this.#grow();
    this.#update(slot, known);
  }

  #update(slot: number, known: Known): void {
    const { view } = known;
    const moved = known.facts !== view.facts || (this.#owed > 0 && this.#recounted(slot, known));
    known.version = view.version;
    if (moved) {
      this.#tell(slot, known, -1);
      known.pods = this.#shared(this.#aspects.map(({ aspect }) => aspect.counts.at(slot)));
      if (known.facts !== view.facts) {
        known.facts = view.facts;
        known.fixed = this.#judge.fixed(view);
        known.domains = this.#shared(this.#aspects.map((aspect) => aspect.domainOf(view)));
      }
      this.#tell(slot, known, 1);
    }
    const { fixed } = known;
    const reasons = fixed.reasons.length > 0 ? fixed.reasons : this.#judge.against(view);
    const open = reasons.length === 0;
    const score = open ? fixed.score + this.#judge.score(view) : 0;
    if (!moved && open === (known.group !== undefined) && score === known.score && alike(reasons, known.reasons))
      return;
    const group = !open ? undefined : moved || known.group === undefined ? this.#groupOf(known) : known.group;
    this.#leave(slot, known, group);
    known.reasons = reasons;
    known.score = score;
    known.group = group;
    if (group === undefined) this.reasons.count(reasons, 1);
    else group.add(slot, score, this.#places);
  }

  /** Whether the node has more or fewer of the pods that count; when all changes are found, no other node is asked. */
  #recounted(slot: number, { pods }: Known): boolean {
    let by = 0;
    for (let i = 0; i < pods.length; i++)
      by += Math.abs((this.#aspects[i]?.aspect.counts.at(slot) ?? 0) - (pods[i] ?? 0));
    this.#owed -= by;
    return by > 0;
  }

  /** Tells the tallies of a node, or that it is no longer as it was. */
  #tell(slot: number, { domains, pods }: Known, sign: 1 | -1): void {
    for (let i = 0; i < domains.length; i++) this.#aspects[i]?.move(slot, domains[i] ?? -1, sign, pods[i] ?? 0);
  }

  /** Puts a node where it belongs after its domain has got more or fewer pods. */
  #regroup(slot: number): void {
    const known = this.#known[slot];
    if (known?.group === undefined) return;
    const group = this.#groupOf(known);
    if (group === known.group) return;
    this.#leave(slot, known, group);
    known.group = group;
    group.add(slot, known.score, this.#places);
  }

  /** Takes a node out of where it stands; a group that is empty then goes, unless it is `kept`. */
  #leave(slot: number, { reasons, group, score }: Known, kept?: Group): void {
    if (group === undefined) {
      this.reasons.count(reasons, -1);
      return;
    }
    group.remove(slot, score, this.#places);
    if (group.size === 0 && group !== kept) this.#groups.delete(group.signature.join());
  }

  #shared(list: readonly number[]): readonly number[] {
    const key = list.join();
    const known = this.#lists.get(key);
    if (known === undefined) this.#lists.set(key, list);
    return known ?? list;
  }

  /** Nodes stand together that are in the same domains, or that alone are a domain with equally many pods. */
  #groupOf({ domains, pods, fixed }: Known): Group {
    const signature = domains.map((domain, i) => this.#aspects[i]?.mark(domain, pods[i] ?? 0) ?? domain);
    signature.push(...fixed.raws);
    const key = signature.join();
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = new Group(signature);
    this.#groups.set(key, group);
    return group;
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(64, 2 * this.#nodes.slots));
    larger.set(this.#places);
    this.#places = larger;
  }
}

function alike(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one === b[i]));
}
