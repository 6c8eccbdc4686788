/**
 * A fair, stingy queue of keys: many pokes about a key before it is handled are one, a poke while it is handled means
 * once more, and a key whose writes the view does not show yet stands aside.
 */

import type { Key, Write } from '../core/reconcile.ts';
import { keyText } from '../core/reconcile.ts';

/** What is remembered about a key between its turns. */
export type Item<E> = {
  readonly key: Key;
  readonly text: string;
  running: boolean;
  again: boolean;
  failures: number;
  failure: string | undefined;
  expected: readonly E[];
  unsure: readonly Write[];
};

export class WorkQueue<E> {
  readonly #items = new Map<string, Item<E>>();
  readonly #ready = new Set<Item<E>>();
  readonly #aside = new Set<Item<E>>();

  /** Keys that wait for their turn. */
  get depth(): number {
    return this.#ready.size + this.#aside.size;
  }

  /** Asks for a key to be handled. */
  add(key: Key): void {
    const item = this.#item(key);
    if (item.running) item.again = true;
    else if (!this.#aside.has(item)) this.#ready.add(item);
  }

  /** The key that has waited longest and may go; it counts as running. Those that may not stand aside. */
  take(mayGo: (item: Item<E>) => boolean): Item<E> | undefined {
    for (const item of this.#ready) {
      this.#ready.delete(item);
      if (mayGo(item)) {
        item.running = true;
        item.again = false;
        return item;
      }
      this.#aside.add(item);
    }
    return undefined;
  }

  /** A key has been handled. */
  done(item: Item<E>): void {
    item.running = false;
    if (item.again) this.#ready.add(item);
    else if (item.failures === 0 && item.expected.length === 0 && item.unsure.length === 0) {
      this.#items.delete(item.text);
    }
  }

  /** Those that stood aside may be asked again. */
  recall(): void {
    for (const item of this.#aside) this.#ready.add(item);
    this.#aside.clear();
  }

  #item(key: Key): Item<E> {
    const text = keyText(key);
    const known = this.#items.get(text);
    if (known !== undefined) return known;
    const item: Item<E> = {
      key,
      text,
      running: false,
      again: false,
      failures: 0,
      failure: undefined,
      expected: [],
      unsure: [],
    };
    this.#items.set(text, item);
    return item;
  }
}
