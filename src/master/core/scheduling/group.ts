/**
 * Nodes that differ, for pods of one class, in nothing but a number: how good each is. The best of thousands is found
 * at once, and a node is put in or taken out at once, whatever their number.
 */

/** Where each node stands in its bucket; shared by the groups of one class, as a node is in one group at a time. */
export type Places = Int32Array;

export class Group {
  /** What the nodes of the group have in common, as the class that made it laid it out. */
  readonly signature: readonly number[];
  /** Where the group stands among those of its class. */
  index: number;
  /** Nodes by how good they are; a node is its slot. */
  readonly #buckets: (number[] | undefined)[] = [];
  #top = -1;
  #size = 0;

  constructor(signature: readonly number[], index: number) {
    this.signature = signature;
    this.index = index;
  }

  get size(): number {
    return this.#size;
  }

  /** How good the best node is; -1 when the group is empty. */
  get best(): number {
    if (this.#size === 0) return -1;
    while ((this.#buckets[this.#top]?.length ?? 0) === 0) this.#top -= 1;
    return this.#top;
  }

  /** How many nodes are as good as the best. */
  get equals(): number {
    return this.#buckets[this.best]?.length ?? 0;
  }

  /** The slot of one of the best nodes; `index` from 0 to `equals` - 1. */
  pick(index: number): number {
    const slot = this.#buckets[this.best]?.[index];
    if (slot === undefined) throw new RangeError(`no node ${index} among the best ${this.equals}`);
    return slot;
  }

  /** `score`: a whole number from 0 on. */
  add(slot: number, score: number, places: Places): void {
    const bucket = this.#buckets[score];
    places[slot] = bucket?.length ?? 0;
    if (bucket === undefined) this.#buckets[score] = [slot];
    else bucket.push(slot);
    if (score > this.#top) this.#top = score;
    this.#size += 1;
  }

  remove(slot: number, score: number, places: Places): void {
    const bucket = this.#buckets[score];
    const last = bucket?.pop();
    if (bucket === undefined || last === undefined) throw new RangeError(`no node ${slot} with score ${score}`);
    if (last !== slot) {
      const place = places[slot] ?? 0;
      bucket[place] = last;
      places[last] = place;
    }
    this.#size -= 1;
  }
}
