/** A clock for tests and simulations: time stands still until it is advanced, one deadline at a time. */
import { nextTurn } from './clock.ts';
import type { Clock, Millis } from './types.ts';

type Deadline = { at: Millis; readonly fire: () => void };

export class FakeClock implements Clock {
  #now: Millis;
  /** How far the wall clock is ahead. */
  #ahead: Millis = 0;
  readonly #deadlines: Deadline[] = [];
  readonly #soon: (() => void)[] = [];

  /** Default start: 2026-01-01T00:00:00Z. */
  constructor(start: Millis = 1_767_225_600_000) {
    this.#now = start;
  }

  now(): Millis {
    return this.#now;
  }

  wall(): Millis {
    return this.#now + this.#ahead;
  }

  timer(delay: Millis, fire: () => void): () => void {
    const deadline = { at: this.#now + Math.max(0, delay), fire };
    const later = this.#deadlines.findIndex((other) => other.at > deadline.at);
    this.#deadlines.splice(later === -1 ? this.#deadlines.length : later, 0, deadline);
    return () => {
      const index = this.#deadlines.indexOf(deadline);
      if (index !== -1) this.#deadlines.splice(index, 1);
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** How many timers wait: a test for leaks. */
  get pending(): number {
    return this.#deadlines.length;
  }

  /** Resolves when everything that can happen at the present moment has happened (real I/O is not waited for). */
  async settle(): Promise<void> {
    do {
      for (const run of this.#soon.splice(0)) run();
      await nextTurn();
    } while (this.#soon.length > 0);
  }

  /** Moves time forward. Each deadline on the way fires at its own moment, and its consequences settle before the next. */
  async advance(by: Millis): Promise<void> {
    const target = this.#now + by;
    await this.settle();
    for (let next = this.#due(target); next !== undefined; next = this.#due(target)) {
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      await this.settle();
    }
    this.#now = target;
  }

  /** Sets the wall clock without letting time pass, as NTP does. */
  jump(by: Millis): void {
    this.#ahead += by;
  }

  #due(target: Millis): Deadline | undefined {
    const first = this.#deadlines[0];
    if (first === undefined || first.at > target) return undefined;
    this.#deadlines.shift();
    return first;
  }
}
