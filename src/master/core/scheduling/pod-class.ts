/**
 * What the scheduler knows of all nodes for pods that are equal to it. Nodes are judged once and again only when they
 * change; those that differ only in how good they are stand together in a group, so that a decision costs as much as
 * there are groups, not nodes.
 */

import { AspectState } from './aspect-state.ts';
import { Group } from './group.ts';
import { type FixedVerdict, NodeJudge } from './node-judge.ts';
import type { NodeFacts, NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import { mostOf, type Normalise, type Prepared, type Values } from './plugin.ts';
import type { OwnedTerm } from './pod-counts.ts';
import type { PodFacts } from './pod-facts.ts';
import type { Profile } from './profile.ts';
import { Reasons } from './reasons.ts';
import type { Tally } from './tally.ts';

/** A topology plugin's part: which aspects are its own, and what it weighs. */
type Part = {
  readonly prepared: Prepared;
  readonly from: number;
  readonly tallies: readonly Tally[];
  /** Written anew for every group: a decision looks at many. */
  readonly values: number[];
  readonly weight: number;
};
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

export class PodClass {
  readonly #pod: PodFacts;
  readonly #nodes: NodeViews;
  readonly #profile: Profile;
  readonly #judge: NodeJudge;
  #parts: readonly Part[] = [];
  #aspects: readonly AspectState[] = [];
  #known: (Known | undefined)[] = [];
  #groups = new Map<string, Group>();
  #places = new Int32Array(0);
  /** Lists of numbers that many nodes have alike. */
  #lists = new Map<string, readonly number[]>();
  #reasons = new Reasons();
  #epoch = -1;
  #seen = 0;
  /** Changes of counted pods that have not been found on any node yet. */
  #owed = 0;
  #termsVersion = -1;
  #terms: readonly OwnedTerm[] = [];

  constructor(pod: PodFacts, nodes: NodeViews, profile: Profile) {
    this.#pod = pod;
    this.#nodes = nodes;
    this.#profile = profile;
    this.#judge = new NodeJudge(pod, nodes, profile);
  }

  /** The best node, by chance among equals; undefined when there is none. */
  choose(chance: () => number): NodeView | undefined {
    this.#refresh();
    const open = this.#open();
    const totals = this.#totals(open);
    const highest = mostOf(totals);
    let equals = 0;
    for (let i = 0; i < open.length; i++) if (totals[i] === highest) equals += open[i]?.equals ?? 0;
    let index = Math.floor(chance() * equals);
    for (const [i, group] of open.entries()) {
      if (totals[i] !== highest) continue;
      if (index < group.equals) return this.#nodes.at(group.pick(index));
      index -= group.equals;
    }
    return undefined;
  }

  /** Whether any node can take such a pod now. */
  get fits(): boolean {
    this.#refresh();
    return this.#open().length > 0;
  }

  /** Why no node can take such a pod, in Kubernetes' words. */
  get refusal(): string {
    this.#refresh();
    const reasons = this.#reasons.copy();
    const against = this.#filter();
    for (const group of this.#groups.values()) {
      const reason = against?.(group);
      if (reason !== undefined) reasons.count([reason], group.size);
    }
    return reasons.message(this.#nodes.size);
  }

  /** Why the node cannot take such a pod now; empty when it can. */
  against(slot: number): readonly string[] {
    this.#refresh();
    const known = this.#known[slot];
    if (known?.group === undefined) return known?.reasons ?? ['no such node'];
    const reason = this.#filter()?.(known.group);
    return reason === undefined ? NONE : [reason];
  }

  /** Whether the node itself cannot take such a pod, whatever runs there. */
  isBarred(slot: number): boolean {
    this.#refresh();
    return (this.#known[slot]?.fixed.reasons.length ?? 1) > 0;
  }

  /** Gives back what it holds of the nodes. */
  release(): void {
    for (const { prepared } of this.#parts) prepared.release();
    this.#parts = [];
  }

  #refresh(): void {
    const { epoch, now, terms } = this.#nodes;
    let stale = epoch !== this.#epoch;
    if (terms.version !== this.#termsVersion || stale) {
      const about = terms.about(this.#pod);
      stale ||= about.length !== this.#terms.length || about.some((term, i) => term !== this.#terms[i]);
      this.#terms = about;
      this.#termsVersion = terms.version;
    }
    if (stale) this.#begin();
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

  #begin(): void {
    this.release();
    const parts: Part[] = [];
    const aspects: AspectState[] = [];
    for (const { name, prepare } of this.#profile.topologyPlugins) {
      const prepared = prepare(this.#pod, this.#nodes);
      if (prepared === undefined) continue;
      const own = prepared.aspects.map((aspect) => new AspectState(aspect, this.#nodes));
      const tallies = own.map(({ tally }) => tally);
      const values = own.map(() => 0);
      parts.push({ prepared, from: aspects.length, tallies, values, weight: this.#profile.weights[name] ?? 0 });
      aspects.push(...own);
    }
    this.#parts = parts;
    this.#aspects = aspects;
    this.#known = [];
    this.#groups = new Map();
    this.#lists = new Map();
    this.#reasons = new Reasons();
    this.#epoch = this.#nodes.epoch;
    this.#seen = -1;
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
    if (group === undefined) this.#reasons.count(reasons, 1);
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
      this.#reasons.count(reasons, -1);
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

  #open(): readonly Group[] {
    const groups = Array.from(this.#groups.values());
    const against = this.#filter();
    return against === undefined ? groups : groups.filter((group) => against(group) === undefined);
  }

  /** What says why a group of nodes cannot take the pod, though each node by itself could; undefined: all can. */
  #filter(): ((group: Group) => string | undefined) | undefined {
    const filters = this.#parts.flatMap((part) => {
      const filter = part.prepared.filter?.(part.tallies);
      return filter === undefined ? [] : [{ part, filter }];
    });
    if (filters.length === 0) return undefined;
    return (group) => {
      for (const { part, filter } of filters) {
        const reason = filter(this.#values(group, part));
        if (reason !== undefined) return reason;
      }
      return undefined;
    };
  }

  #totals(groups: readonly Group[]): readonly number[] {
    const totals = groups.map(({ best }) => best);
    const add = (raw: readonly (number | undefined)[], weight: number, normalise: Normalise): void => {
      // What all nodes have alike makes none of them better.
      if (raw.every((one) => one === raw[0])) return;
      const normal = normalise(raw.filter((one) => one !== undefined));
      let next = 0;
      for (let i = 0; i < raw.length; i++) {
        if (raw[i] !== undefined) totals[i] = (totals[i] ?? 0) + weight * (normal[next++] ?? 0);
      }
    };
    for (const [j, { weight, normalise }] of this.#judge.normalised.entries()) {
      const at = this.#aspects.length + j;
      const raw = groups.map(({ signature }) => signature[at] ?? 0);
      add(raw, weight, normalise);
    }
    for (const part of this.#parts) {
      const { score, normalise } = part.prepared;
      if (score === undefined || normalise === undefined || part.weight === 0) continue;
      const scoreOf = score(part.tallies);
      const raw = groups.map((group) => scoreOf(this.#values(group, part)));
      add(raw, part.weight, normalise);
    }
    return totals;
  }

  /** The values of a group for a plugin; good until it is asked again. */
  #values({ signature }: Group, { from, values }: Part): Values {
    for (let i = 0; i < values.length; i++) {
      const mark = signature[from + i] ?? -1;
      values[i] = this.#aspects[from + i]?.valueOf(mark) ?? mark;
    }
    return values;
  }
}

function alike(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one === b[i]));
}
