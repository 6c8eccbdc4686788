/**
 * Decides for all pods that are equal to the scheduler: which groups of nodes can take them, and which is best. A decision
 * costs as much as there are groups, not nodes.
 */

import { AspectState } from './aspect-state.ts';
import type { Group } from './group.ts';
import { NodeGroups } from './node-groups.ts';
import type { Judgement, NodeJudge } from './node-judge.ts';
import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import { mostOf, type Normalise, type Prepared, type Values } from './plugin.ts';
import type { OwnedTerm } from './pod-counts.ts';
import type { PodFacts } from './pod-facts.ts';
import type { Profile } from './profile.ts';
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
export class PodClass {
  readonly #pod: PodFacts;
  readonly #nodes: NodeViews;
  readonly #profile: Profile;
  readonly #judge: NodeJudge;
  #judgement: Judgement;
  #imagesVersion = -1;
  #parts: readonly Part[] = [];
  #aspects: readonly AspectState[] = [];
  #groups: NodeGroups;
  #epoch = -1;
  #termsVersion = -1;
  #terms: readonly OwnedTerm[] = [];

  constructor(pod: PodFacts, nodes: NodeViews, profile: Profile, judge: NodeJudge) {
    this.#pod = pod;
    this.#nodes = nodes;
    this.#profile = profile;
    this.#judge = judge;
    this.#judgement = judge.hold(pod);
    this.#groups = new NodeGroups(nodes, this.#judgement, []);
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
    const reasons = this.#groups.reasons.copy();
    const against = this.#filter();
    for (const group of this.#groups.all) {
      const reason = against?.(group);
      if (reason !== undefined) reasons.count([reason], group.size);
    }
    return reasons.message(this.#nodes.size);
  }

  /** Why the node cannot take such a pod now; empty when it can. */
  against(slot: number): readonly string[] {
    this.#refresh();
    const { group, reasons } = this.#groups.standing(slot);
    const reason = group === undefined ? undefined : this.#filter()?.(group);
    return reason === undefined ? reasons : [reason];
  }

  /** Whether the node itself cannot take such a pod, whatever runs there. */
  isBarred(slot: number): boolean {
    this.#refresh();
    return this.#groups.isBarred(slot);
  }

  /** Gives back what it holds of the nodes. */
  release(): void {
    this.#judgement.release();
    for (const { prepared } of this.#parts) prepared.release();
    for (const aspect of this.#aspects) aspect.release();
    this.#parts = [];
    this.#aspects = [];
  }

  #refresh(): void {
    const { epoch, terms } = this.#nodes.settled;
    let stale = epoch !== this.#epoch;
    const { version } = this.#nodes.images;
    if (version !== this.#imagesVersion) {
      stale ||= this.#judge.keyOf(this.#pod) !== this.#judgement.key;
      this.#imagesVersion = version;
    }
    if (terms.version !== this.#termsVersion || stale) {
      const about = terms.about(this.#pod);
      stale ||= about.length !== this.#terms.length || about.some((term, i) => term !== this.#terms[i]);
      this.#terms = about;
      this.#termsVersion = terms.version;
    }
    if (stale) this.#begin();
    this.#groups.refresh();
  }

  #begin(): void {
    this.release();
    this.#judgement = this.#judge.hold(this.#pod);
    const parts: Part[] = [];
    const aspects: AspectState[] = [];
    for (const { name, prepare } of this.#profile.topologyPlugins) {
      const prepared = prepare(this.#pod, this.#nodes, this.#profile.args);
      if (prepared === undefined) continue;
      const own = prepared.aspects.map((aspect) => new AspectState(aspect, this.#nodes));
      const tallies = own.map(({ tally }) => tally);
      const values = own.map(() => 0);
      parts.push({ prepared, from: aspects.length, tallies, values, weight: this.#profile.weights[name] ?? 0 });
      aspects.push(...own);
    }
    this.#parts = parts;
    this.#aspects = aspects;
    this.#groups = new NodeGroups(this.#nodes, this.#judgement, aspects);
    this.#epoch = this.#nodes.epoch;
  }

  #open(): readonly Group[] {
    const groups = this.#groups.all;
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
    for (const [j, { weight, normalise }] of this.#judgement.normalised.entries()) {
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
