/**
 * What a device uses at one moment, as it crosses the wire: the form of the agent's sweep, with everything optional that a
 * brief sample leaves out. Bytes, nanoseconds of CPU, milliseconds; counters as the kernel counts them.
 */

import * as z from 'zod';

const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const millis = z.number().min(0).max(1e14);
/** A clock that is not set yet tells of times before 1970. */
const wallMillis = z.number().min(-1e14).max(1e14);
const label = z.string().max(1024);

const stallSchema = z.object({ avg10: count, avg60: count, avg300: count, totalMicros: count });
const pressureSchema = z.object({ some: stallSchema, full: stallSchema.optional() });

const cpuSchema = z.object({
  usageNanos: count,
  userNanos: count.optional(),
  systemNanos: count.optional(),
  /** Billionths of a core, over the sample's `window`. */
  nanoCores: count.optional(),
  throttling: z.object({ periods: count, throttledPeriods: count, throttledNanos: count }).optional(),
  quota: z.object({ micros: count, periodMicros: count }).optional(),
  shares: count.optional(),
  pressure: pressureSchema.optional(),
});

const memorySchema = z.object({
  workingSetBytes: count,
  usageBytes: count.optional(),
  rssBytes: count.optional(),
  cacheBytes: count.optional(),
  swapBytes: count.optional(),
  pageFaults: count.optional(),
  majorPageFaults: count.optional(),
  limitBytes: count.optional(),
  availableBytes: count.optional(),
  oomKills: count.optional(),
  pressure: pressureSchema.optional(),
});

const filesystemSchema = z.object({
  usedBytes: count,
  inodesUsed: count.optional(),
  capacityBytes: count.optional(),
  availableBytes: count.optional(),
  inodes: count.optional(),
  inodesFree: count.optional(),
});

const interfaceSchema = z.object({
  name: label,
  rxBytes: count,
  rxPackets: count.optional(),
  rxErrors: count.optional(),
  rxDropped: count.optional(),
  txBytes: count,
  txPackets: count.optional(),
  txErrors: count.optional(),
  txDropped: count.optional(),
});

const diskSchema = z.object({
  device: label,
  name: label.optional(),
  readBytes: count,
  writtenBytes: count,
  reads: count.optional(),
  writes: count.optional(),
});

const group = {
  cpu: cpuSchema.optional(),
  memory: memorySchema.optional(),
  io: z.object({ disks: z.array(diskSchema).max(256).readonly(), pressure: pressureSchema.optional() }).optional(),
  processes: z.object({ processes: count, threads: count.optional() }).optional(),
};
const groupSchema = z.object(group);

const containerSchema = z.object({
  name: label,
  id: label.optional(),
  image: label.optional(),
  startedAtWall: wallMillis.optional(),
  ...group,
  rootfs: filesystemSchema.optional(),
  logs: filesystemSchema.optional(),
});

const podSchema = z.object({
  pod: z.object({ namespace: z.string().max(63), name: z.string().max(253), uid: z.string().max(64) }),
  sandboxId: label.optional(),
  cgroup: label.optional(),
  startedAtWall: wallMillis.optional(),
  ...group,
  containers: z.array(containerSchema).max(1000).readonly(),
  network: z.array(interfaceSchema).max(256).readonly().optional(),
  volumes: z
    .array(filesystemSchema.extend({ name: label, medium: z.enum(['disk', 'memory']) }))
    .max(1000)
    .readonly()
    .optional(),
});

const nodeSchema = z.object({
  ...group,
  cores: count,
  memoryCapacityBytes: count,
  machine: z.object({ machineId: label, systemUuid: label, bootId: label }).optional(),
  network: z.array(interfaceSchema).max(256).readonly().optional(),
  nodefs: filesystemSchema.optional(),
  imagefs: filesystemSchema.optional(),
  devices: z.object({ nodefs: label.optional(), imagefs: label.optional() }).optional(),
  maxProcesses: count.optional(),
  bootAtWall: wallMillis.optional(),
});

export const usageSampleSchema = z.object({
  /** By the agent's steady clock: for order and intervals, while the agent runs. */
  at: millis,
  /** By the device's wall clock. */
  wall: wallMillis,
  /** How long the rates are told over. */
  window: millis.optional(),
  node: nodeSchema,
  pods: z.array(podSchema).max(2000).readonly(),
  /** Parts of the system: all pods together, the agent, the runtime, the rest. */
  system: z
    .array(groupSchema.extend({ name: label }))
    .max(16)
    .readonly(),
});

export type PressureSample = z.infer<typeof pressureSchema>;
export type FilesystemSample = z.infer<typeof filesystemSchema>;
export type InterfaceSample = z.infer<typeof interfaceSchema>;
export type DiskSample = z.infer<typeof diskSchema>;
export type GroupSample = z.infer<typeof groupSchema>;
export type ContainerSample = z.infer<typeof containerSchema>;
export type PodSample = z.infer<typeof podSchema>;
export type UsageSample = z.infer<typeof usageSampleSchema>;
