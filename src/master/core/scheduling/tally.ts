/** How many pods there are in each domain (the nodes with one value of a label), and the least of them. */

export class Tally {
  readonly #domains = new Map<number, { nodes: number; pods: number }>();
  /** How many domains have so many pods. */
  readonly #histogram = new Map<number, number>();
  #pods = 0;

  /** Domains that have a node. */
  get size(): number {
    return this.#domains.size;
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
    return this.#domains.get(domain)?.pods ?? 0;
  }

  /** Puts a node with its pods into a domain (`nodes` 1), or takes it out (-1). */
  move(domain: number, nodes: 1 | -1, pods: number): void {
    const old = this.#domains.get(domain);
    const now = { nodes: (old?.nodes ?? 0) + nodes, pods: (old?.pods ?? 0) + nodes * pods };
    if (old !== undefined) this.#count(old.pods, -1);
    if (now.nodes > 0) {
      this.#domains.set(domain, now);
      this.#count(now.pods, 1);
    } else {
      this.#domains.delete(domain);
    }
    this.#pods += nodes * pods;
  }

  #count(pods: number, domains: 1 | -1): void {
    const many = (this.#histogram.get(pods) ?? 0) + domains;
    if (many === 0) this.#histogram.delete(pods);
    else this.#histogram.set(pods, many);
  }
}
