/** The domains of one topology key: the nodes with one value of the label. Kept up to date node by node. */

export class Topology {
  readonly #key: string;
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #nodes: number[] = [];
  readonly #bySlot: number[] = [];
  #domains = 0;
  #labelled = 0;

  constructor(key: string) {
    this.#key = key;
  }

  /** How many domains have nodes. */
  get domains(): number {
    return this.#domains;
  }

  /** How many nodes have the label. */
  get labelled(): number {
    return this.#labelled;
  }

  /** Slots that have been told of. */
  get slots(): number {
    return this.#bySlot.length;
  }

  /** The number of the domain of a node; -1 when it has no such label. */
  at(slot: number): number {
    return this.#bySlot[slot] ?? -1;
  }

  /** The labels of a node, or undefined when it is gone. */
  put(slot: number, labels: Readonly<Record<string, string>> | undefined): void {
    const value = labels !== undefined && Object.hasOwn(labels, this.#key) ? labels[this.#key] : undefined;
    const before = this.at(slot);
    if (before >= 0 && this.#names[before] === value) return;
    const after = value === undefined ? -1 : this.#numberOf(value);
    while (this.#bySlot.length < slot) this.#bySlot.push(-1);
    this.#bySlot[slot] = after;
    this.#count(before, -1);
    this.#count(after, 1);
  }

  #numberOf(value: string): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    this.#numbers.set(value, this.#names.length);
    this.#nodes.push(0);
    return this.#names.push(value) - 1;
  }

  #count(domain: number, by: 1 | -1): void {
    if (domain < 0) return;
    const before = this.#nodes[domain] ?? 0;
    this.#nodes[domain] = before + by;
    this.#domains += Number(before + by > 0) - Number(before > 0);
    this.#labelled += by;
  }
}
