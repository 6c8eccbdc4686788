/** The end of a system that a test brings about. */

import type { SystemShutdown } from '../../src/agent/ports/system-shutdown.ts';

export class FakeSystemShutdown implements SystemShutdown {
  isReady = false;
  #listener: (goingDown: boolean) => void = () => {};

  watch(listener: (goingDown: boolean) => void): void {
    this.#listener = listener;
  }

  ready(): void {
    this.isReady = true;
  }

  goDown(): void {
    this.#listener(true);
  }

  goOn(): void {
    this.#listener(false);
  }
}
