/** What may run out on the device, read cheaply and often. */

import type { Seen } from '../core/eviction/seen.ts';

export type { Level, Seen } from '../core/eviction/seen.ts';

export interface PressureSignals {
  /**
   * How much there is now: `memory` (and process ids) costs microseconds, `all` asks the file systems too. What this device
   * can not tell is left out; never rejects.
   */
  read(what: 'memory' | 'all'): Promise<Omit<Seen, 'at'>>;
  /**
   * From now on calls `wake` when the kernel says that the pods get short of memory. The function that it returns ends that;
   * undefined: the kernel does not tell, or no pod has been made yet.
   */
  watch(wake: () => void): (() => void) | undefined;
}
