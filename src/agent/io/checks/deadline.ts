/** The end of the time that something may take: lighter than an AbortSignal, of which a device would make thousands. */

export class Deadline {
  #passed = false;
  readonly #listeners: (() => void)[] = [];

  get passed(): boolean {
    return this.#passed;
  }

  /** Calls `run` once, when it passes; at once if it has. */
  whenPassed(run: () => void): void {
    if (this.#passed) run();
    else this.#listeners.push(run);
  }

  pass(): void {
    if (this.#passed) return;
    this.#passed = true;
    for (const run of this.#listeners) run();
  }
}
