/** Gives ready actors their turns, in order, and lets the event loop breathe after every THROUGHPUT messages. */
import type { Clock } from './types.ts';

export interface Runnable {
  /** Does a little work and answers how many messages it handled. Never throws. */
  turn(): number;
}

const THROUGHPUT = 1_000;

export class Dispatcher {
  readonly #clock: Clock;
  #ready: Runnable[] = [];
  #draining = false;
  #spent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  schedule(actor: Runnable): void {
    this.#ready.push(actor);
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => this.#drain());
  }

  /** `spent` outlives a drain: actors that wake each other through promises must yield too. */
  #drain(): void {
    while (this.#ready.length > 0) {
      const round = this.#ready;
      this.#ready = [];
      for (const [index, actor] of round.entries()) {
        if (this.#spent >= THROUGHPUT) {
          this.#spent = 0;
          this.#ready = round.slice(index).concat(this.#ready);
          this.#clock.soon(() => this.#drain());
          return;
        }
        this.#spent += actor.turn();
      }
    }
    this.#draining = false;
  }
}
