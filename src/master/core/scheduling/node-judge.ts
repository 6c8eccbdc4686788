/** Asks the node plugins of a profile about nodes, and shares what they say among all pods of which they ask the same. */

import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import type { NodePlugin, Normalise } from './plugin.ts';
import { likeness, type PodFacts } from './pod-facts.ts';
import type { Profile } from './profile.ts';
import { type Verdict, Verdicts } from './verdicts.ts';

type Scoring = { readonly plugin: NodePlugin; readonly weight: number };
type Shared = { readonly verdicts: Verdicts; users: number };

const NONE: readonly string[] = [];
const NO_RAWS: readonly number[] = [];

/** What is known about nodes for pods like one; to be released. */
export type Judgement = {
  /** What follows from the Node alone. */
  readonly fixed: Verdicts;
  /** What follows from the pods that are there, beside. */
  readonly loose: Verdicts;
  /** How to normalise each of the `raws` of a fixed verdict, and what it weighs. */
  readonly normalised: readonly { readonly weight: number; readonly normalise: Normalise }[];
  readonly key: string;
  readonly release: () => void;
};

export class NodeJudge {
  readonly #nodes: NodeViews;
  readonly #profile: Profile;
  readonly #shared = new Map<string, Shared>();

  constructor(nodes: NodeViews, profile: Profile) {
    this.#nodes = nodes;
    this.#profile = profile;
  }

  /** What the plugins about the Node alone ask of the pod, as text: with another text its verdicts are others. */
  keyOf(pod: PodFacts): string {
    return this.#asked(pod, true);
  }

  /** The verdicts for such pods. */
  hold(pod: PodFacts): Judgement {
    const { nodePlugins, weights, args } = this.#profile;
    const scoring = nodePlugins
      .map((plugin) => ({ plugin, weight: weights[plugin.name] ?? 0 }))
      .filter(({ plugin, weight }) => plugin.score && weight > 0 && plugin.scores?.(pod, args) !== false);
    const raw = scoring.filter(({ plugin }) => plugin.normalise !== undefined);
    const judge = (fixed: boolean): ((on: NodeView) => Verdict) => {
      const filters = nodePlugins.filter((plugin) => plugin.filter !== undefined && plugin.fixed === fixed);
      const scores = scoring.filter(({ plugin }) => plugin.normalise === undefined && plugin.fixed === fixed);
      return (on) => {
        const reasons = this.#against(filters, pod, on);
        if (reasons.length > 0) return { reasons, score: 0, raws: NO_RAWS };
        const raws = fixed ? raw.map(({ plugin }) => this.#score(plugin, pod, on)) : NO_RAWS;
        return { reasons, score: this.#sum(scores, pod, on), raws };
      };
    };
    const [key, other] = [this.keyOf(pod), this.#asked(pod, false)];
    return {
      fixed: this.#hold(key, () => new Verdicts(this.#nodes, 'facts', judge(true))),
      loose: this.#hold(other, () => new Verdicts(this.#nodes, 'pods', judge(false))),
      normalised: raw.flatMap(({ plugin: { normalise }, weight }) => (normalise ? [{ weight, normalise }] : [])),
      key,
      release: () => {
        this.#release(key);
        this.#release(other);
      },
    };
  }

  /** A plugin that does not say what it asks may ask for all. */
  #asked(pod: PodFacts, fixed: boolean): string {
    const plugins = this.#profile.nodePlugins.filter((plugin) => plugin.fixed === fixed);
    const whole = plugins.some(({ asks }) => asks === undefined);
    return `${fixed} ${whole ? likeness(pod) : JSON.stringify(plugins.map(({ asks }) => asks?.(pod, this.#nodes.images)))}`;
  }

  #hold(key: string, make: () => Verdicts): Verdicts {
    const known = this.#shared.get(key) ?? { verdicts: make(), users: 0 };
    known.users += 1;
    this.#shared.set(key, known);
    return known.verdicts;
  }

  #release(key: string): void {
    const known = this.#shared.get(key);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users === 0) this.#shared.delete(key);
  }

  #against(plugins: readonly NodePlugin[], pod: PodFacts, on: NodeView): readonly string[] {
    for (const { filter } of plugins) {
      const reasons = filter?.(pod, on, this.#profile.args) ?? NONE;
      if (reasons.length > 0) return reasons;
    }
    return NONE;
  }

  #sum(scores: readonly Scoring[], pod: PodFacts, on: NodeView): number {
    let sum = 0;
    for (const { plugin, weight } of scores) sum += weight * this.#score(plugin, pod, on);
    return sum;
  }

  #score(plugin: NodePlugin, pod: PodFacts, on: NodeView): number {
    return plugin.score?.(pod, on, this.#profile.args, this.#nodes.images) ?? 0;
  }
}
