/** How many pods there are in each domain (the nodes with one value of a label), and the least of them. */

export class Tally {
  /** By domain: its nodes, and the pods on them. */
  #nodes = new Int32Array(0);
  #inDomain = new Int32Array(0);
  /** How many domains have so many pods. */
  readonly #histogram = new Map<number, number>();
  #size = 0;
  #pods = 0;

  /** Domains that have a node. */
  get size(): number {
    return this.#size;
  }

  /** Pods in all domains. */
  get pods(): number {
    return this.#pods;
  }

  /** The least pods in any domain; 0 without domains. */
  get least(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const pods of this.#histogram.keys()) if (pods < least) least = pods;
    return least === Number.POSITIVE_INFINITY ? 0 : least;
  }

  in(domain: number): number {
    return this.#inDomain[domain] ?? 0;
  }

  /** Puts a node with its pods into a domain (`nodes` 1), or takes it out (-1). */
  move(domain: number, nodes: 1 | -1, pods: number): void {
    if (domain >= this.#nodes.length) this.#grow(domain);
    const before = this.#nodes[domain] ?? 0;
    const after = before + nodes;
    if (before > 0) this.#count(this.in(domain), -1);
    this.#nodes[domain] = after;
    this.#inDomain[domain] = this.in(domain) + nodes * pods;
    if (after > 0) this.#count(this.in(domain), 1);
    this.#size += Number(after > 0) - Number(before > 0);
    this.#pods += nodes * pods;
  }

  /** A node of the domain has so many pods more, or fewer. */
  change(domain: number, pods: number): void {
    this.#count(this.in(domain), -1);
    this.#inDomain[domain] = this.in(domain) + pods;
    this.#count(this.in(domain), 1);
    this.#pods += pods;
  }

  #count(pods: number, domains: 1 | -1): void {
    const many = (this.#histogram.get(pods) ?? 0) + domains;
    if (many === 0) this.#histogram.delete(pods);
    else this.#histogram.set(pods, many);
  }

  #grow(domain: number): void {
    const length = Math.max(16, domain + 1 + (domain >> 1));
    const larger = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const made = new Int32Array(length);
      made.set(old);
      return made;
    };
    this.#nodes = larger(this.#nodes);
    this.#inDomain = larger(this.#inDomain);
  }
}
