/** The schedulers of the master: one for each profile, on the same nodes; a pod's `schedulerName` picks. */

import type { NodeViews } from './node-views.ts';
import type { PodClass } from './pod-class.ts';
import type { PodFacts } from './pod-facts.ts';
import type { Profile } from './profile.ts';
import { type Placement, Placer } from './schedule.ts';

export class Placers {
  readonly #byName: ReadonlyMap<string, Placer>;
  readonly #profiles: ReadonlyMap<string, Profile>;

  constructor(nodes: NodeViews, profiles: ReadonlyMap<string, Profile>) {
    this.#profiles = profiles;
    this.#byName = new Map(
      Array.from(profiles, ([name, profile]) => [name, new Placer(nodes, profile, 1 / profiles.size)]),
    );
  }

  get names(): readonly string[] {
    return Array.from(this.#byName.keys());
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The profile of that name. */
  profile(name: string): Profile | undefined {
    return this.#profiles.get(name);
  }

  /** What is known for pods like this. Throws RangeError when its scheduler is none of these. */
  classOf(pod: PodFacts): PodClass {
    return this.#for(pod).classOf(pod);
  }

  /** See Placer. */
  place(pod: PodFacts, seed: number): readonly Placement[] {
    return this.#for(pod).place([pod], seed);
  }

  /** Forgets what it has worked out. */
  clear(): void {
    for (const placer of this.#byName.values()) placer.clear();
  }

  #for({ pod }: PodFacts): Placer {
    const found = this.#byName.get(pod.spec.schedulerName);
    if (found === undefined) throw new RangeError(`no scheduler ${pod.spec.schedulerName}`);
    return found;
  }
}
