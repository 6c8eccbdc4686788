/** Where pending pods go: filter, score, choose; a batch counts with what it has just placed. */

import { seeded } from '../../../common/lib/random.ts';
import { NodeJudge } from './node-judge.ts';
import type { NodeViews } from './node-views.ts';
import { PodClass } from './pod-class.ts';
import { likeness, type PodFacts } from './pod-facts.ts';
import type { Profile } from './profile.ts';

/** A node, or why there is none, in Kubernetes' words. */
export type Placement =
  | { readonly pod: PodFacts; readonly node: string }
  | { readonly pod: PodFacts; readonly node?: undefined; readonly message: string };

/** How much may be remembered: verdicts on nodes, over all classes of pods. */
const VERDICTS = 6_400_000;
const FEWEST_CLASSES = 8;

/**
 * Places pods on nodes. What it works out for one pod it keeps for all that are equal to it; that is a memory only:
 * without it every decision would be the same, but slower.
 */
export class Placer {
  readonly #nodes: NodeViews;
  readonly #profile: Profile;
  readonly #judge: NodeJudge;
  readonly #verdicts: number;
  /** By likeness, the one that was used last at the end. */
  readonly #classes = new Map<string, PodClass>();

  /** `share`: the part of the memory that may be used, where there are several. */
  constructor(nodes: NodeViews, profile: Profile, share = 1) {
    this.#nodes = nodes;
    this.#profile = profile;
    this.#judge = new NodeJudge(nodes, profile);
    this.#verdicts = VERDICTS * share;
  }

  /** What is known for pods like this. */
  classOf(pod: PodFacts): PodClass {
    const text = likeness(pod);
    const known = this.#classes.get(text);
    const found = known ?? new PodClass(pod, this.#nodes, this.#profile, this.#judge);
    if (known !== undefined) this.#classes.delete(text);
    this.#classes.set(text, found);
    const most = Math.max(FEWEST_CLASSES, Math.floor(this.#verdicts / Math.max(1, this.#nodes.size)));
    if (this.#classes.size <= most) return found;
    for (const [oldest, forgotten] of this.#classes) {
      forgotten.release();
      this.#classes.delete(oldest);
      break;
    }
    return found;
  }

  /** Forgets what it has worked out. */
  clear(): void {
    for (const one of this.#classes.values()) one.release();
    this.#classes.clear();
  }

  /**
   * Places pods in their order. Each placement is assumed at once, so that a batch never puts more on a node than it
   * has; the caller forgets those that do not come about. `seed` decides between equally good nodes: the same seed
   * chooses the same.
   */
  place(pending: readonly PodFacts[], seed: number): readonly Placement[] {
    const chance = seeded(seed);
    return pending.map((pod) => {
      const pods = this.classOf(pod);
      const node = pods.choose(chance)?.facts.name;
      if (node === undefined) return { pod, message: pods.refusal };
      this.#nodes.assume(pod, node);
      return { pod, node };
    });
  }
}
