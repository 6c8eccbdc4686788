/** Which of the pods that no node could take are tried again: those that what has changed since may help. */

import type { NodeViews } from './node-views.ts';
import type { Nominations } from './nominations.ts';
import type { Placers } from './placers.ts';
import { mayMakeRoom } from './preemption.ts';
import type { SchedulingQueue } from './queue.ts';

/**
 * A pod that waits for so long is tried once more if anything has changed at all, so that it says why it waits now
 * (Kubernetes' podMaxInUnschedulablePodsDuration).
 */
const STALE = 300_000;

type Parts = {
  readonly nodes: NodeViews;
  readonly queue: SchedulingQueue;
  readonly placers: Placers;
  readonly nominations: Nominations;
};

/** `now` is steady time in milliseconds throughout. */
export class Waking {
  readonly #parts: Parts;
  /** What of the nodes the waiting pods have been compared with. */
  #compared: number;
  #staleAt: number | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#compared = parts.nodes.now;
  }

  /** When `refresh` is due; undefined while nothing has changed. */
  get staleAt(): number | undefined {
    return this.#staleAt;
  }

  /** Wakes the pods that a node can take now, or where room could be made for them. */
  wake(now: number): void {
    const { nodes, queue, placers, nominations } = this.#parts;
    const since = this.#compared;
    if (since === nodes.now) return;
    this.#compared = nodes.now;
    for (const uid of nominations.ready()) queue.rouse(uid);
    for (const facts of queue.parked()) {
      this.#staleAt ??= now + STALE;
      const pods = placers.classOf(facts);
      if (pods.fits) queue.wake(facts, now);
      // Where room is being made for a pod already, it has only to wait.
      else if (mayMakeRoom(facts, nodes, pods, since)) queue.wake(facts, now, (uid) => nominations.has(uid));
    }
  }

  /** Wakes all, if it is time. */
  refresh(now: number): void {
    if (this.#staleAt === undefined || this.#staleAt > now) return;
    this.#staleAt = undefined;
    const { queue } = this.#parts;
    for (const facts of queue.parked()) queue.wake(facts, now);
  }
}
