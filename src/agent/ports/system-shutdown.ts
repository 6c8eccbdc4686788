/** The end of the device's system: how the agent learns of it, and lets it go on. */

export interface SystemShutdown {
  /** Calls with true when the system begins to go down, with false when it does not after all. One listener. */
  watch(listener: (goingDown: boolean) => void): void;
  /** Nothing is left to be ended: the system need not wait any longer. */
  ready(): void;
}
