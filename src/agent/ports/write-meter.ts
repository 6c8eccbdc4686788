/** How much is written to the device's disk. */

/** Bytes since some time before the agent's start. */
export interface WriteMeter {
  /**
   * `agent`: by the agent's process, as the kernel counts what goes to a disk, less what was truncated before it got there;
   * `total`: to the disk that the data is on; what the kernel does not tell is absent.
   */
  read(): Promise<{ readonly agent?: number; readonly total?: number }>;
}
