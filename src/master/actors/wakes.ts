/** When a controller has to look at keys again: one timer for all of them, as there are as many as there are Events. */

import type { Millis } from '../../common/actor/types.ts';
import { DueQueue } from '../../common/lib/due-queue.ts';
import type { Key } from '../core/reconcile.ts';

type Wake = { readonly key: Key; readonly text: string; readonly at: Millis };

/** Two times that are this close are one: the clocks that they come from are rounded. */
const SAME: Millis = 2;

/** Times are those of the steady clock. */
export class Wakes {
  readonly #wakes = new Map<string, Wake>();
  /** Holds what was put off or dropped, too, until its time. */
  readonly #due = new DueQueue<Wake>();

  /** The earliest time at which something may be due. */
  get next(): Millis | undefined {
    return this.#due.next;
  }

  /** `text`: the key's. A second time for a key replaces the first. */
  set(key: Key, text: string, at: Millis): void {
    const known = this.#wakes.get(text);
    if (known !== undefined && Math.abs(known.at - at) < SAME) return;
    const wake = { key, text, at };
    this.#wakes.set(text, wake);
    this.#due.add(at, wake);
  }

  drop(text: string): void {
    this.#wakes.delete(text);
  }

  /** Takes the keys that are due. */
  take(now: Millis): readonly Key[] {
    const keys: Key[] = [];
    for (let wake = this.#due.take(now); wake !== undefined; wake = this.#due.take(now)) {
      if (this.#wakes.get(wake.text) !== wake) continue;
      this.#wakes.delete(wake.text);
      keys.push(wake.key);
    }
    return keys;
  }
}
