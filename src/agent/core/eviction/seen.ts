/** What one cheap look sees of what may run out, and the kinds of signals. */

import type { Millis } from '../../../common/lib/time.ts';
import type { EvictionSignal } from '../../../common/model/config/eviction-thresholds.ts';

/** Bytes, inodes or process ids. */
export type Level = { readonly available: number; readonly capacity: number };
export type Seen = {
  /** Steady. */
  readonly at: Millis;
  /** What this device can not tell is absent. */
  readonly levels: { readonly [K in EvictionSignal]?: Level };
  /** Percent of the time in which all tasks waited for memory, over so many seconds (PSI `full`). */
  readonly stall?: Readonly<Record<10 | 60 | 300, number>>;
  /** Images and writable layers have a file system of their own. */
  readonly separateImages: boolean;
};

export type SignalKind = 'memory' | 'disk' | 'inodes' | 'pids';
export type PressureType = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

export function kindOf(signal: EvictionSignal): SignalKind {
  if (signal === 'pid.available') return 'pids';
  if (signal.endsWith('inodesFree')) return 'inodes';
  return signal.includes('emory') ? 'memory' : 'disk';
}

export function pressureOf(signal: EvictionSignal): PressureType {
  const kind = kindOf(signal);
  if (kind === 'memory') return 'MemoryPressure';
  return kind === 'pids' ? 'PIDPressure' : 'DiskPressure';
}
