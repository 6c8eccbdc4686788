/** How far each image is spread over the nodes, in eighths, so that a single pull changes little. */

const STEPS = 8;

export class ImageSpread {
  readonly #slots = new Map<string, Set<number>>();
  readonly #shares = new Map<string, number>();

  /** The share of nodes that have the image, rounded up to eighths. */
  share(image: string): number {
    return this.#shares.get(image) ?? 0;
  }

  put(slot: number, images: Iterable<string>): void {
    for (const image of images) {
      const slots = this.#slots.get(image);
      if (slots === undefined) this.#slots.set(image, new Set([slot]));
      else slots.add(slot);
    }
  }

  take(slot: number, images: Iterable<string>): void {
    for (const image of images) {
      const slots = this.#slots.get(image);
      slots?.delete(slot);
      if (slots?.size === 0) this.#slots.delete(image);
    }
  }

  /** Counts the shares of all images anew; the slots of nodes whose images are now worth something else. */
  settle(nodes: number): ReadonlySet<number> {
    const touched = new Set<number>();
    for (const image of this.#shares.keys()) if (!this.#slots.has(image)) this.#shares.delete(image);
    for (const [image, slots] of this.#slots) {
      const share = Math.ceil((STEPS * slots.size) / Math.max(1, nodes)) / STEPS;
      if (share === this.#shares.get(image)) continue;
      this.#shares.set(image, share);
      for (const slot of slots) touched.add(slot);
    }
    return touched;
  }
}
