/** How `top` writes what something uses: as kubectl top does where that has the column. */

import { formatBytes } from '../../common/lib/bytes.ts';
import type { DiskSample, GroupSample, InterfaceSample } from '../../common/model/usage-sample.ts';

export const unknown = '<unknown>';

/** Thousandths of a core. */
export function cpuText(usage: GroupSample | undefined): string {
  const rate = usage?.cpu?.nanoCores;
  return rate === undefined ? unknown : `${Math.ceil(rate / 1e6)}m`;
}

/** The working set. */
export function memoryText(usage: GroupSample | undefined): string {
  const bytes = usage?.memory?.workingSetBytes;
  return bytes === undefined ? unknown : `${Math.floor(bytes / 2 ** 20)}Mi`;
}

export function percentText(part: number | undefined, whole: number | undefined): string {
  if (part === undefined || whole === undefined || whole <= 0) return unknown;
  return `${Math.floor((part / whole) * 100)}%`;
}

/** Received and sent since the start. */
export function networkText(interfaces: readonly InterfaceSample[] | undefined): string {
  if (interfaces === undefined) return unknown;
  const rx = interfaces.reduce((sum, { rxBytes }) => sum + rxBytes, 0);
  const tx = interfaces.reduce((sum, { txBytes }) => sum + txBytes, 0);
  return `${formatBytes(rx)} / ${formatBytes(tx)}`;
}

/** Read and written since the start. */
export function diskText(io: { readonly disks: readonly DiskSample[] } | undefined): string {
  if (io === undefined) return unknown;
  const read = io.disks.reduce((sum, { readBytes }) => sum + readBytes, 0);
  const written = io.disks.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0);
  return `${formatBytes(read)} / ${formatBytes(written)}`;
}

export function processesText(usage: GroupSample | undefined): string {
  return usage?.processes === undefined ? unknown : String(usage.processes.processes);
}

/** Sorts by use, most first; what is not known comes last. */
export function mostFirst<T>(
  items: readonly T[],
  by: 'cpu' | 'memory' | undefined,
  usageOf: (item: T) => GroupSample | undefined,
): readonly T[] {
  if (by === undefined) return items;
  const amount = (item: T): number => {
    const usage = usageOf(item);
    return (by === 'cpu' ? usage?.cpu?.nanoCores : usage?.memory?.workingSetBytes) ?? -1;
  };
  return items.toSorted((a, b) => amount(b) - amount(a));
}
