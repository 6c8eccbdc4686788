/** What groups use together that have none in common. Pure. */
import type { DiskIo, GroupUsage } from '../../ports/usage.ts';

/** What none of them tells is left out; limits, throttling and stalls are of each. */
export function sumOfGroups(groups: readonly GroupUsage[]): GroupUsage {
  const cpus = groups.flatMap(({ cpu }) => cpu ?? []);
  const memories = groups.flatMap(({ memory }) => memory ?? []);
  const counts = groups.flatMap(({ processes }) => processes ?? []);
  const ios = groups.flatMap(({ io }) => io ?? []);
  return {
    ...(cpus.length === 0
      ? {}
      : {
          cpu: {
            usageNanos: sum(cpus, ({ usageNanos }) => usageNanos),
            userNanos: sum(cpus, ({ userNanos = 0 }) => userNanos),
            systemNanos: sum(cpus, ({ systemNanos = 0 }) => systemNanos),
          },
        }),
    ...(memories.length === 0
      ? {}
      : {
          memory: {
            usageBytes: sum(memories, ({ usageBytes }) => usageBytes),
            workingSetBytes: sum(memories, ({ workingSetBytes }) => workingSetBytes),
            rssBytes: sum(memories, ({ rssBytes }) => rssBytes),
            cacheBytes: sum(memories, ({ cacheBytes }) => cacheBytes),
            ...(memories.every(({ swapBytes }) => swapBytes === undefined)
              ? {}
              : { swapBytes: sum(memories, ({ swapBytes = 0 }) => swapBytes) }),
            pageFaults: sum(memories, ({ pageFaults }) => pageFaults),
            majorPageFaults: sum(memories, ({ majorPageFaults }) => majorPageFaults),
          },
        }),
    ...(ios.length === 0 ? {} : { io: { disks: sumOfDisks(ios.flatMap(({ disks }) => disks)) } }),
    ...(counts.length === 0
      ? {}
      : {
          processes: {
            processes: sum(counts, ({ processes }) => processes),
            threads: sum(counts, ({ threads = 0 }) => threads),
          },
        }),
  };
}

function sumOfDisks(disks: readonly DiskIo[]): readonly DiskIo[] {
  const sums = new Map<string, DiskIo>();
  for (const disk of disks) {
    const before = sums.get(disk.device);
    sums.set(disk.device, before === undefined ? disk : added(before, disk));
  }
  return [...sums.values()];
}

const added = (one: DiskIo, other: DiskIo): DiskIo => ({
  ...one,
  readBytes: one.readBytes + other.readBytes,
  writtenBytes: one.writtenBytes + other.writtenBytes,
  reads: one.reads + other.reads,
  writes: one.writes + other.writes,
});

const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0);
