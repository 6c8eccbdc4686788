/** Placements that are written, or said to be under way, and that the view does not show yet: they expire. */

import type { PodFacts } from './pod-facts.ts';

/** A view that follows shows a binding within milliseconds; Kubernetes' first choice was the same. */
const EXPIRES = 30_000;

/** `now` is steady time in milliseconds throughout. */
export class Unconfirmed {
  /** By uid, the oldest first. */
  readonly #pods = new Map<string, { readonly facts: PodFacts; readonly until: number }>();

  /** When the next one expires. */
  get wakeAt(): number | undefined {
    for (const { until } of this.#pods.values()) return until;
    return undefined;
  }

  add(facts: PodFacts, now: number): void {
    this.#pods.delete(facts.uid);
    this.#pods.set(facts.uid, { facts, until: now + EXPIRES });
  }

  /** The view shows it, or it did not come about. */
  remove(uid: string): void {
    this.#pods.delete(uid);
  }

  /** Takes out those that have expired. */
  expired(now: number): readonly PodFacts[] {
    const gone: PodFacts[] = [];
    for (const [uid, { facts, until }] of this.#pods) {
      if (until > now) break;
      this.#pods.delete(uid);
      gone.push(facts);
    }
    return gone;
  }
}
