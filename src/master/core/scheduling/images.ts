/** How far each image is spread over the nodes, in eighths, so that a single pull changes little. */

const STEPS = 8;

export class ImageSpread {
  readonly #slots = new Map<string, Set<number>>();
  readonly #shares = new Map<string, number>();
  #version = 0;

  /** Another number whenever a first node has an image, or none has it any more. */
  get version(): number {
    return this.#version;
  }

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
    for (const image of this.#shares.keys()) {
      if (this.#slots.has(image)) continue;
      this.#shares.delete(image);
      this.#version += 1;
    }
    for (const [image, slots] of this.#slots) {
      const share = Math.ceil((STEPS * slots.size) / Math.max(1, nodes)) / STEPS;
      const before = this.#shares.get(image);
      if (share === before) continue;
      if (before === undefined) this.#version += 1;
      this.#shares.set(image, share);
      for (const slot of slots) touched.add(slot);
    }
    return touched;
  }
}
