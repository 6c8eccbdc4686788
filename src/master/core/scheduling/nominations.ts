/**
 * Pods for which others are being removed: the room that becomes free is counted as theirs, so that nothing less
 * important takes it before they come.
 */

import type { NodeViews } from './node-views.ts';
import type { PodFacts } from './pod-facts.ts';
import type { Preemption } from './preemption.ts';

export class Nominations {
  readonly #nodes: NodeViews;
  readonly #victims = new Map<string, readonly PodFacts[]>();

  constructor(nodes: NodeViews) {
    this.#nodes = nodes;
  }

  /** Keeps the room for the pod. */
  add(pod: PodFacts, { node, victims }: Preemption): void {
    this.#victims.set(pod.uid, victims);
    this.#nodes.assume(pod, node);
  }

  /** Whether room is being made for the pod. */
  has(uid: string): boolean {
    return this.#victims.has(uid);
  }

  /** Gives the room up: the pod is tried again, or no longer wants it. */
  remove(uid: string): void {
    if (this.#victims.delete(uid)) this.#nodes.forget(uid);
  }

  /** The pods that no longer wait for anybody to go. */
  ready(): readonly string[] {
    return Array.from(this.#victims).flatMap(([uid, victims]) =>
      victims.some((victim) => this.#nodes.isPlaced(victim.uid)) ? [] : [uid],
    );
  }
}
