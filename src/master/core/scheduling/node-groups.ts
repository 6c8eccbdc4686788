/**
 * All nodes as they are for one class of pods: those that differ only in how good they are stand together in a group. It
 * follows the logs of what has changed, so that it costs as much as there are changes that matter to the class.
 */

import type { AspectState } from './aspect-state.ts';
import type { Group, Places } from './group.ts';
import { GroupIndex } from './group-index.ts';
import type { Judgement } from './node-judge.ts';
import type { NodeViews } from './node-views.ts';
import { Reasons } from './reasons.ts';

const NONE: readonly string[] = [];
const NO_NODE: readonly string[] = ['no such node'];

export class NodeGroups {
  readonly #nodes: NodeViews;
  readonly #judgement: Judgement;
  readonly #aspects: readonly AspectState[];
  readonly #groups = new GroupIndex();
  /** By slot: the group where the node stands, or why it is in none; undefined: there is no such node. */
  readonly #standing: (Group | readonly string[] | undefined)[] = [];
  #scores = new Int32Array(0);
  #places: Places = new Int32Array(0);
  /** Why nodes by themselves cannot take the pod. */
  readonly reasons = new Reasons();
  readonly #signature: number[] = [];
  /** Nodes that may belong elsewhere now. */
  readonly #moved: number[] = [];
  #seenFixed = -1;
  #seenLoose = -1;

  /** The marks of a group are those of its `aspects` in their order, then the scores that the judge leaves to normalise. */
  constructor(nodes: NodeViews, judgement: Judgement, aspects: readonly AspectState[]) {
    this.#nodes = nodes;
    this.#judgement = judgement;
    this.#aspects = aspects;
  }

  /** The groups of nodes that by themselves can take the pod; not to be kept. */
  get all(): readonly Group[] {
    return this.#groups.all;
  }

  /** The group of a node, or why it is in none. */
  standing(slot: number): { readonly group?: Group; readonly reasons: readonly string[] } {
    const found = this.#standing[slot] ?? NO_NODE;
    return isReasons(found) ? { reasons: found } : { group: found, reasons: NONE };
  }

  /** Whether the node itself cannot take such a pod, whatever runs there. */
  isBarred(slot: number): boolean {
    return (this.#judgement.fixed.at(slot)?.reasons.length ?? 1) > 0;
  }

  /** Looks at what has changed since the last time. */
  refresh(): void {
    const { fixed, loose } = this.#judgement;
    fixed.refresh();
    loose.refresh();
    const { slots } = this.#nodes;
    if (slots > this.#scores.length) this.#grow(slots);
    if (this.#seenFixed !== fixed.changes.now) {
      fixed.changes.since(this.#seenFixed, slots, this.#relocate);
      this.#seenFixed = fixed.changes.now;
    }
    for (const aspect of this.#aspects) aspect.recount(slots, this.#moved);
    for (const aspect of this.#aspects) aspect.remark(this.#moved);
    for (const slot of this.#moved) this.#place(slot);
    this.#moved.length = 0;
    if (this.#seenLoose === loose.changes.now) return;
    loose.changes.since(this.#seenLoose, slots, this.#rescore);
    this.#seenLoose = loose.changes.now;
  }

  /** The Node is another: it may be in other domains. */
  readonly #relocate = (slot: number): void => {
    const view = this.#nodes.at(slot);
    for (const aspect of this.#aspects) aspect.locate(slot, view);
    this.#moved.push(slot);
  };

  /** Puts a node where it belongs. */
  #place(slot: number): void {
    const { fixed, loose } = this.#judgement;
    const [about, now] = [fixed.at(slot), loose.at(slot)];
    if (about === undefined || now === undefined) this.#stand(slot, undefined, 0);
    else if (about.reasons.length > 0) this.#stand(slot, about.reasons, 0);
    else if (now.reasons.length > 0) this.#stand(slot, now.reasons, 0);
    else this.#stand(slot, this.#groupOf(slot, about.raws), about.score + now.score);
  }

  /** The pods on the node are others, but those that the class counts are where they were. */
  readonly #rescore = (slot: number): void => {
    const group = this.#standing[slot];
    const { fixed, loose } = this.#judgement;
    const now = loose.at(slot);
    if (group === undefined || isReasons(group) || now === undefined || now.reasons.length > 0) {
      this.#place(slot);
      return;
    }
    const score = (fixed.at(slot)?.score ?? 0) + now.score;
    if (score === this.#scores[slot]) return;
    group.remove(slot, this.#scores[slot] ?? 0, this.#places);
    this.#scores[slot] = score;
    group.add(slot, score, this.#places);
  };

  #stand(slot: number, where: Group | readonly string[] | undefined, score: number): void {
    const before = this.#standing[slot];
    const old = this.#scores[slot] ?? 0;
    if (before === where && old === score) return;
    if (isReasons(before)) this.reasons.count(before, -1);
    else before?.remove(slot, old, this.#places);
    this.#standing[slot] = where;
    this.#scores[slot] = score;
    if (isReasons(where)) this.reasons.count(where, 1);
    else where?.add(slot, score, this.#places);
    if (!isReasons(before) && before?.size === 0) this.#groups.delete(before);
  }

  /** Nodes stand together that are in the same domains, or that alone are a domain with equally many pods. */
  #groupOf(slot: number, raws: readonly number[]): Group {
    const signature = this.#signature;
    signature.length = 0;
    for (const aspect of this.#aspects) signature.push(aspect.mark(slot));
    for (const raw of raws) signature.push(raw);
    return this.#groups.of(signature);
  }

  #grow(slots: number): void {
    const larger = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const made = new Int32Array(Math.max(64, slots + (slots >> 1)));
      made.set(old);
      return made;
    };
    this.#scores = larger(this.#scores);
    this.#places = larger(this.#places);
  }
}

function isReasons(where: Group | readonly string[] | undefined): where is readonly string[] {
  return Array.isArray(where);
}
