/** Which nodes have changed, in order, for those who keep something worked out for all nodes. */

/** Changes that are remembered; who is further behind looks at every node. */
const REMEMBERED = 4096;

export class ChangeLog {
  readonly #slots: number[] = [];
  #forgotten = 0;

  /** A number to give to `since` later. */
  get now(): number {
    return this.#forgotten + this.#slots.length;
  }

  add(slot: number): void {
    this.#slots.push(slot);
    if (this.#slots.length < 2 * REMEMBERED) return;
    this.#slots.splice(0, REMEMBERED);
    this.#forgotten += REMEMBERED;
  }

  /** Tells the slots that have changed since then, some more than once; the first `all` when that is too long ago. */
  since(then: number, all: number, tell: (slot: number) => void): void {
    if (then < this.#forgotten) for (let slot = 0; slot < all; slot++) tell(slot);
    else for (let at = then - this.#forgotten; at < this.#slots.length; at++) tell(this.#slots[at] ?? 0);
  }
}
