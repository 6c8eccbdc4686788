/** What the last boot of the device has left. */

import type { BootTraces } from '../core/reboot/classify.ts';

export type { BootTraces } from '../core/reboot/classify.ts';

export interface BootTracesReader {
  /** Bounded in size; what is not there or can not be read is left out. Never rejects. */
  read(): Promise<BootTraces>;
}
