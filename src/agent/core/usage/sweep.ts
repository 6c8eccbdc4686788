/**
 * What one look at the device's usage found: counters as the kernel counts them, and rates since the look before. One sweep
 * serves all who read: eviction, `top`, Prometheus, the summary and the history. Bytes, nanoseconds of CPU, milliseconds.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { PodName } from '../runtime-model.ts';

/** Shares of time that something waited for a resource (PSI, kernel documentation accounting/psi): percent, and a total in microseconds. */
export type Stall = {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly totalMicros: number;
};
/** `full` is absent where the kernel has none. */
export type Pressure = { readonly some: Stall; readonly full?: Stall };

export type CpuUsage = {
  /** Since the group was made. */
  readonly usageNanos: number;
  readonly userNanos?: number;
  readonly systemNanos?: number;
  /** Billionths of a core, over the time since the sweep before; absent in the first one. */
  readonly nanoCores?: number;
  readonly throttling?: {
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledNanos: number;
  };
  /** So much time on all processors in each period; absent without a limit. */
  readonly quota?: { readonly micros: number; readonly periodMicros: number };
  /** Weight against other groups, as version 1 counts it: 1024 for a whole core that was requested. */
  readonly shares?: number;
  readonly pressure?: Pressure;
};

export type MemoryUsage = {
  readonly usageBytes: number;
  /** Usage without inactive file pages: what can not be taken back at once. */
  readonly workingSetBytes: number;
  readonly rssBytes: number;
  readonly cacheBytes: number;
  readonly swapBytes?: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
  /** Absent without a limit. */
  readonly limitBytes?: number;
  /** Limit (of the node: capacity) less working set. */
  readonly availableBytes?: number;
  /** How often the kernel has killed something of it for want of memory. */
  readonly oomKills?: number;
  readonly pressure?: Pressure;
};

/** A part of a file system, or all of one: then with what is free. */
export type FsUsage = {
  readonly usedBytes: number;
  readonly inodesUsed?: number;
  readonly capacityBytes?: number;
  readonly availableBytes?: number;
  readonly inodes?: number;
  readonly inodesFree?: number;
};

export type InterfaceUsage = {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
};

/** Of one block device, by its numbers (`179:0`) and its name where that is known. */
export type DiskIo = {
  readonly device: string;
  readonly name?: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
};

export type ProcessCount = { readonly processes: number; readonly threads?: number };

/** What a control group uses. What this kernel or runtime can not tell is absent. */
export type GroupUsage = {
  readonly cpu?: CpuUsage;
  readonly memory?: MemoryUsage;
  readonly io?: { readonly disks: readonly DiskIo[]; readonly pressure?: Pressure };
  readonly processes?: ProcessCount;
};

export type ContainerUsage = GroupUsage & {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly startedAtWall: Millis;
  /** Its writable layer. */
  readonly rootfs?: FsUsage;
  readonly logs?: FsUsage;
};

export type PodUsage = GroupUsage & {
  readonly pod: PodName;
  readonly sandboxId: string;
  /** Path of its control group; absent where it has none. */
  readonly cgroup?: string;
  readonly startedAtWall: Millis;
  readonly containers: readonly ContainerUsage[];
  /** Absent in the node's network: its traffic can not be told from that of others. */
  readonly network?: readonly InterfaceUsage[];
  /** The pod's volumes that are kept on the node (emptyDir on disk and in memory, configuration), by volume name. */
  readonly volumes: readonly (FsUsage & { readonly name: string; readonly medium: 'disk' | 'memory' })[];
};

/** A part of the system: `pods` (all of them), `agent`, `runtime`, `system` (the rest, where it has a group). */
export type SystemUsage = GroupUsage & { readonly name: 'pods' | 'agent' | 'runtime' | 'system' };

export type NodeUsage = GroupUsage & {
  readonly cores: number;
  readonly memoryCapacityBytes: number;
  /** Which machine it is, and since which start; what the device does not tell is empty. */
  readonly machine?: { readonly machineId: string; readonly systemUuid: string; readonly bootId: string };
  readonly network: readonly InterfaceUsage[];
  /** Where volumes and logs are. */
  readonly nodefs: FsUsage;
  /** Where the runtime keeps images and writable layers; the same file system as `nodefs` on most devices. */
  readonly imagefs?: FsUsage;
  /** The names of their block devices, where they are on one. */
  readonly devices?: { readonly nodefs?: string; readonly imagefs?: string };
  /** Process ids that may be given out. */
  readonly maxProcesses?: number;
  readonly bootAtWall: Millis;
};

export type Sweep = {
  /** Steady: for intervals. */
  readonly at: Millis;
  /** As people read it. */
  readonly wall: Millis;
  /** How long ago the sweep was that the rates are told against; absent without rates. */
  readonly window?: Millis;
  readonly node: NodeUsage;
  readonly pods: readonly PodUsage[];
  readonly system: readonly SystemUsage[];
};

/** A sweep as it is read: without its time, and without rates. */
export type Readings = Pick<Sweep, 'node' | 'pods' | 'system'>;
