/** Gives ready actors their turns, in order, and lets the event loop breathe after many messages, or after long ones. */
import type { Clock, Millis } from './types.ts';

export interface Runnable {
  /** Does a little work and answers how many messages it handled. Never throws. */
  turn(): number;
}

const THROUGHPUT = 1_000;
/** Messages differ in length: what the network brings waits no longer than this, and the turn that goes on. */
const SLICE: Millis = 5;

export class Dispatcher {
  readonly #clock: Clock;
  #ready: Runnable[] = [];
  #draining = false;
  #spent = 0;
  #took: Millis = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  schedule(actor: Runnable): void {
    this.#ready.push(actor);
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => this.#drain());
  }

  /** What was spent outlives a drain: actors that wake each other through promises must yield too. */
  #drain(): void {
    let begun = this.#clock.now();
    while (this.#ready.length > 0) {
      const round = this.#ready;
      this.#ready = [];
      for (const [index, actor] of round.entries()) {
        if (this.#spent >= THROUGHPUT || this.#took >= SLICE) {
          this.#spent = 0;
          this.#took = 0;
          this.#ready = round.slice(index).concat(this.#ready);
          this.#clock.soon(() => this.#drain());
          return;
        }
        this.#spent += actor.turn();
        const now = this.#clock.now();
        this.#took += now - begun;
        begun = now;
      }
    }
    this.#draining = false;
  }
}
