/** Why nodes cannot take a pod, counted, and said as Kubernetes says it. */

export class Reasons {
  readonly #nodes: Map<string, number>;

  constructor(nodes: ReadonlyMap<string, number> = new Map()) {
    this.#nodes = new Map(nodes);
  }

  copy(): Reasons {
    return new Reasons(this.#nodes);
  }

  /** Counts the reasons for so many nodes more, or fewer. */
  count(reasons: readonly string[], nodes: number): void {
    for (const reason of reasons) {
      const now = (this.#nodes.get(reason) ?? 0) + nodes;
      if (now === 0) this.#nodes.delete(reason);
      else this.#nodes.set(reason, now);
    }
  }

  /** The message of a FailedScheduling event; `nodes`: how many there are. */
  message(nodes: number): string {
    if (nodes === 0) return 'no nodes available to schedule pods';
    const reasons = Array.from(this.#nodes, ([reason, count]) => `${count} ${reason}`).sort();
    return `0/${nodes} nodes are available: ${reasons.join(', ')}.`;
  }
}
