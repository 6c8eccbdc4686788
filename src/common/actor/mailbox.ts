/**
 * A bounded first-in-first-out queue whose entries may carry a key: while an entry waits, another with its key takes
 * its place in the line instead of joining at the end.
 */

export type Keyed = { readonly key: string | undefined };

/** Taken entries are dropped from the front of the array in one go, once there are this many. */
const COMPACT = 512;

export class Mailbox<E extends Keyed> {
  readonly capacity: number;
  #entries: (E | undefined)[] = [];
  #head = 0;
  /** Positions of waiting keyed entries, counted from the first entry ever queued. */
  #keyed: Map<string, number> | undefined;
  #dropped = 0;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`mailbox capacity: ${capacity} found, a whole number of at least 1 is accepted`);
    }
    this.capacity = capacity;
  }

  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** False: full, and no waiting entry has the key. `owed` entries are taken beyond the capacity. */
  offer(entry: E, owed = false): boolean {
    const { key } = entry;
    const waiting = key === undefined ? undefined : this.#keyed?.get(key);
    if (waiting !== undefined) {
      this.#entries[waiting - this.#dropped] = entry;
      return true;
    }
    if (!owed && this.size >= this.capacity) return false;
    if (key !== undefined) {
      this.#keyed ??= new Map();
      this.#keyed.set(key, this.#dropped + this.#entries.length);
    }
    this.#entries.push(entry);
    return true;
  }

  take(): E | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    if (entry.key !== undefined) this.#keyed?.delete(entry.key);
    if (this.#head === this.#entries.length || this.#head >= COMPACT) this.#compact();
    return entry;
  }

  #compact(): void {
    this.#dropped += this.#head;
    if (this.#head === this.#entries.length) this.#entries = [];
    else this.#entries.splice(0, this.#head);
    this.#head = 0;
  }
}
