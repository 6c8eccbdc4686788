/** Asks the node plugins of a profile about one node, those about the Node alone only when that has changed. */

import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import type { NodePlugin, Normalise } from './plugin.ts';
import type { PodFacts } from './pod-facts.ts';
import type { Profile } from './profile.ts';

/** What follows from the Node alone. */
export type FixedVerdict = {
  /** Why the node cannot take the pod. */
  readonly reasons: readonly string[];
  /** How good it is: a whole number, without what is to be normalised. */
  readonly score: number;
  /** Scores that are to be normalised, in the order of `normalised`. */
  readonly raws: readonly number[];
};
type Scoring = { readonly plugin: NodePlugin; readonly weight: number };
const NONE: readonly string[] = [];

export class NodeJudge {
  readonly #pod: PodFacts;
  readonly #nodes: NodeViews;
  readonly #profile: Profile;
  readonly #fixed: readonly NodePlugin[];
  readonly #loose: readonly NodePlugin[];
  readonly #fixedScores: readonly Scoring[];
  readonly #looseScores: readonly Scoring[];
  readonly #raw: readonly NodePlugin[];
  /** Thousands of nodes share a few verdicts. */
  readonly #verdicts = new Map<string, FixedVerdict>();
  /** How to normalise each of a verdict's `raws`, and what it weighs. */
  readonly normalised: readonly { readonly weight: number; readonly normalise: Normalise }[];

  constructor(pod: PodFacts, nodes: NodeViews, profile: Profile) {
    this.#pod = pod;
    this.#nodes = nodes;
    this.#profile = profile;
    const filters = profile.nodePlugins.filter(({ filter }) => filter !== undefined);
    const scoring = profile.nodePlugins
      .map((plugin) => ({ plugin, weight: profile.weights[plugin.name] ?? 0 }))
      .filter(({ plugin, weight }) => plugin.score && weight > 0 && plugin.scores?.(pod, profile.args) !== false);
    const plain = scoring.filter(({ plugin }) => plugin.normalise === undefined);
    this.#fixed = filters.filter(({ fixed }) => fixed);
    this.#loose = filters.filter(({ fixed }) => !fixed);
    this.#fixedScores = plain.filter(({ plugin }) => plugin.fixed);
    this.#looseScores = plain.filter(({ plugin }) => !plugin.fixed);
    this.#raw = scoring.filter(({ plugin }) => plugin.normalise !== undefined).map(({ plugin }) => plugin);
    this.normalised = scoring.flatMap(({ plugin: { normalise }, weight }) =>
      normalise ? [{ weight, normalise }] : [],
    );
  }

  /** Asks what follows from the Node alone. */
  fixed(on: NodeView): FixedVerdict {
    const reasons = this.#against(this.#fixed, on);
    const raws = reasons.length > 0 ? [] : this.#raw.map((plugin) => this.#score(plugin, on));
    const score = reasons.length > 0 ? 0 : this.#sum(this.#fixedScores, on);
    const key = `${score} ${raws.join()} ${reasons.join()}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = { reasons, score, raws };
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  /** Why the pods that are there leave no room. */
  against(on: NodeView): readonly string[] {
    return this.#against(this.#loose, on);
  }

  /** How good the node is with the pods that are there, beside what is fixed. */
  score(on: NodeView): number {
    return this.#sum(this.#looseScores, on);
  }

  #against(plugins: readonly NodePlugin[], on: NodeView): readonly string[] {
    for (const { filter } of plugins) {
      const reasons = filter?.(this.#pod, on, this.#profile.args) ?? NONE;
      if (reasons.length > 0) return reasons;
    }
    return NONE;
  }

  #sum(scores: readonly Scoring[], on: NodeView): number {
    let sum = 0;
    for (const { plugin, weight } of scores) sum += weight * this.#score(plugin, on);
    return sum;
  }

  #score(plugin: NodePlugin, on: NodeView): number {
    return plugin.score?.(this.#pod, on, this.#profile.args, this.#nodes.images) ?? 0;
  }
}
