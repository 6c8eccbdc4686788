/** What of the device is not promised to pods, as the kubelet counts it: what is reserved, and what eviction keeps free. */

import { toBytes, toMillis } from '../../../common/lib/quantity.ts';
import { readReserved } from '../../../common/model/config/eviction-thresholds.ts';
import { keptFree, type Rules } from '../eviction/rules.ts';

export type Amounts = { readonly milliCpu: number; readonly memoryBytes: number; readonly storageBytes: number };

/** The sum of settings such as `cpu=100m,memory=128Mi`. */
export function reserved(...settings: readonly string[]): Amounts {
  const maps = settings.map((text) => {
    const read = readReserved(text);
    return read.ok ? read.value : {};
  });
  const sum = (name: string, read: (text: string) => number) =>
    maps.reduce((total, map) => total + read(map[name] ?? '0'), 0);
  return {
    milliCpu: sum('cpu', toMillis),
    memoryBytes: sum('memory', toBytes),
    storageBytes: sum('ephemeral-storage', toBytes),
  };
}

/** Of a device of this capacity. */
export function keptFromPods(reserve: Amounts, rules: Rules, capacity: Amounts): Amounts {
  const free = (signal: 'memory.available' | 'nodefs.available', of: number) => Math.ceil(keptFree(rules, signal, of));
  return {
    milliCpu: reserve.milliCpu,
    memoryBytes: reserve.memoryBytes + free('memory.available', capacity.memoryBytes),
    storageBytes: reserve.storageBytes + free('nodefs.available', capacity.storageBytes),
  };
}
