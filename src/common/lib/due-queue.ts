/** Things by the time at which they are due, the earliest first. */

import { Heap } from './heap.ts';

export class DueQueue<T> {
  readonly #heap = new Heap<{ readonly at: number; readonly item: T }>((a, b) => a.at < b.at);

  get size(): number {
    return this.#heap.size;
  }

  /** The earliest time that anything is due. */
  get next(): number | undefined {
    return this.#heap.first?.at;
  }

  add(at: number, item: T): void {
    this.#heap.add({ at, item });
  }

  /** Takes the earliest out, if it is due at `now`. */
  take(now: number): T | undefined {
    const { first } = this.#heap;
    return first === undefined || first.at > now ? undefined : this.#heap.take()?.item;
  }
}
