/** What is counted of nodes though the view does not show it (yet): placements that are written, and room kept for others. */

import type { NodeViews } from './node-views.ts';
import type { PodFacts } from './pod-facts.ts';
import { overcommits } from './reserve.ts';
import { Unconfirmed } from './unconfirmed.ts';

/** Why the pod cannot be bound there; `reserved`: the room is kept now, and was not before. */
export type Reservation = { readonly refusal: string | undefined; readonly reserved: boolean };

/** `now` is steady time in milliseconds throughout. */
export class Assumptions {
  readonly #nodes: NodeViews;
  readonly #unconfirmed = new Unconfirmed();

  constructor(nodes: NodeViews) {
    this.#nodes = nodes;
  }

  /** When the next one expires. */
  get wakeAt(): number | undefined {
    return this.#unconfirmed.wakeAt;
  }

  /** The placement is written: it counts until the view shows it, or for a while. */
  written(facts: PodFacts, now: number): void {
    if (this.#nodes.isAssumed(facts.uid)) this.#unconfirmed.add(facts, now);
  }

  /** The view shows where the pod is. */
  confirmed(uid: string): void {
    this.#unconfirmed.remove(uid);
  }

  /** The pod will not be there. */
  giveUp(uid: string): void {
    this.#unconfirmed.remove(uid);
    this.#nodes.forget(uid);
  }

  /** Keeps the room on a node for a pod that somebody else binds. */
  reserve(facts: PodFacts, node: string, now: number): Reservation {
    const there = this.#nodes.placement(facts.uid)?.node;
    const refusal = there === undefined || there === node ? overcommits(facts, node, this.#nodes) : isKept(there);
    const reserved = refusal === undefined && there === undefined;
    if (reserved) {
      this.#nodes.assume(facts, node);
      this.written(facts, now);
    }
    return { refusal, reserved };
  }

  /** Gives up those that the view has not shown in time. */
  expired(now: number): readonly PodFacts[] {
    const gone = this.#unconfirmed.expired(now);
    for (const { uid } of gone) this.#nodes.forget(uid);
    return gone;
  }
}

const isKept = (node: string): string => `it is being bound to ${node}, or room is made for it there`;
