/**
 * What devices say is stored for some of them at a time, in the order in which they said it. When a whole fleet speaks at
 * once, more at the same time would only make each wait longer, until nobody listens for its answer any more.
 */

import type { Clock, Millis } from '../../common/actor/types.ts';

/** It waited so long that its device has stopped listening: it will say it again. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

type Waiting = { readonly since: Millis; begin(): void; late(): void };

export class Intake {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #most: number;
  readonly #patience: Millis;
  #waiting: Waiting[] = [];
  /** Those before it have had their turn. */
  #head = 0;
  #running = 0;

  /** `most`: how many are stored at a time; `patience`: how long one may wait for its turn. */
  constructor(clock: Pick<Clock, 'now'>, most: number, patience: Millis) {
    this.#clock = clock;
    this.#most = most;
    this.#patience = patience;
  }

  /** Does the work in its turn. Rejects with LateError when that comes too late, and with the work's own errors. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#most) this.#running += 1;
    else {
      await new Promise<void>((begin, reject) => {
        const late = () => reject(new LateError('more is said than can be stored'));
        this.#waiting.push({ since: this.#clock.now(), begin, late });
      });
    }
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** Hands the turn on. */
  #next(): void {
    const oldest = this.#clock.now() - this.#patience;
    for (let next = this.#first(); next !== undefined; next = this.#first()) {
      if (next.since >= oldest) {
        next.begin();
        return;
      }
      next.late();
    }
    this.#running -= 1;
  }

  #first(): Waiting | undefined {
    if (this.#head > 1_000 || this.#head === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    const first = this.#waiting[this.#head];
    if (first !== undefined) this.#head += 1;
    return first;
  }
}
