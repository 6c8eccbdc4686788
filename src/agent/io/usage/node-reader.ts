/** What the whole device uses, from /proc, the root of its control groups and its file systems. */
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { FilesystemUse } from '../../ports/cri.ts';
import type { FsUsage, GroupUsage, MemoryUsage, NodeUsage } from '../../ports/usage.ts';
import { UsageError } from '../../ports/usage.ts';
import type { NameOf } from './cgroup-values.ts';
import type { KernelFiles } from './kernel-files.ts';
import { deviceNumbers, diskstats, interfaces, meminfoBytes, pressure, procStat, taskCount } from './proc-files.ts';

export type NodeReader = {
  /** The name of a block device by its numbers. */
  readonly nameOf: NameOf;
  /** When the device was started, in milliseconds since 1970, by its clock now. */
  bootAtWall(): number;
  /**
   * `root` is what the root of the control groups tells, `images` what the runtime says that images take. Throws UsageError
   * when the file system of the volumes can not be read.
   */
  read(root: GroupUsage | undefined, images: FilesystemUse | undefined): NodeUsage;
  close(): void;
};

const PROC_FILES = ['stat', 'meminfo', 'loadavg', 'net/dev', 'diskstats'] as const;
const PRESSURES = ['cpu', 'memory', 'io'] as const;
/** Processes are counted at one of so many looks: their folder is long. Tasks are told by each. */
const LOOKS_BETWEEN = 6;
/** As cAdvisor leaves them out: loopback, and the device's ends of what pods see as their own. */
const INNER = /^(lo$|veth|docker|nerdctl)/;

/** `fileRoot` stands before the kernel's paths, for tests. */
export function createNodeReader(files: KernelFiles, dataDir: string, fileRoot = '/'): NodeReader {
  const kept = (path: string) => files.file(join(fileRoot, 'proc'), path);
  const proc = Object.fromEntries(PROC_FILES.map((name) => [name, kept(name)]));
  const stalls = Object.fromEntries(PRESSURES.map((name) => [name, kept(`pressure/${name}`)]));
  const text = (name: (typeof PROC_FILES)[number]) => proc[name]?.read() ?? '';
  const stallsOf = (name: (typeof PRESSURES)[number]) => pressure(stalls[name]?.read() ?? '');
  /** Whether a block device is a disk of its own: partitions are not, nor memory and files that stand for disks. */
  const known = new Map<string, boolean>();
  const isDisk = (name: string): boolean => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const disk =
      !/^(ram|loop|zram|fd|sr)\d/.test(name) && existsSync(join(fileRoot, 'sys/block', name.replaceAll('/', '!')));
    known.set(name, disk);
    return disk;
  };
  let [looks, counted] = [0, 0];
  const processes = (): number => {
    if (looks % LOOKS_BETWEEN === 0) counted = processCount(fileRoot);
    looks += 1;
    return counted;
  };
  const names = new Map<string, string>();
  const disks = () => {
    const all = diskstats(text('diskstats'));
    for (const { device, name } of all) names.set(device, name);
    return all;
  };
  disks();
  /** A file system that is on no device of its own, as btrfs, has none. */
  const device = (of: keyof NonNullable<NodeUsage['devices']>, path: string | undefined): NodeUsage['devices'] => {
    const name =
      path === undefined || !isAbsolute(path)
        ? undefined
        : names.get(deviceNumbers(statSync(path, { throwIfNoEntry: false })?.dev ?? 0));
    return name === undefined ? {} : { [of]: name };
  };
  const cores = ((files.text(join(fileRoot, 'proc/cpuinfo')) ?? '').match(/^processor\s*:/gm) ?? []).length || 1;
  const bounds = ['pid_max', 'threads-max'].flatMap((name) => {
    const bound = Number(files.text(join(fileRoot, 'proc/sys/kernel', name)) ?? Number.NaN);
    return bound > 0 ? [bound] : [];
  });
  const word = (path: string) => (files.text(join(fileRoot, path)) ?? '').replaceAll('\0', '').trim();
  const machine = {
    machineId: word('etc/machine-id'),
    systemUuid: word('sys/class/dmi/id/product_uuid') || word('proc/device-tree/serial-number'),
    bootId: word('proc/sys/kernel/random/boot_id'),
  };
  const memoryCapacityBytes = meminfoBytes(files.text(join(fileRoot, 'proc/meminfo')) ?? '', 'MemTotal');

  return {
    nameOf: (device) => names.get(device),
    bootAtWall: () => procStat(text('stat')).bootAtWall,
    read(root, images) {
      const { bootAtWall, ...cpu } = procStat(text('stat'));
      const [cpuStalls, memoryStalls, ioStalls] = PRESSURES.map(stallsOf);
      const memory = memoryOfNode(root?.memory, text('meminfo'), memoryCapacityBytes);
      const tasks = taskCount(text('loadavg'));
      return {
        cores,
        memoryCapacityBytes,
        machine,
        cpu: { ...(root?.cpu ?? cpu), ...(cpuStalls === undefined ? {} : { pressure: cpuStalls }) },
        memory: { ...memory, ...(memoryStalls === undefined ? {} : { pressure: memoryStalls }) },
        io: {
          disks: disks().filter(({ name }) => isDisk(name)),
          ...(ioStalls === undefined ? {} : { pressure: ioStalls }),
        },
        processes: { processes: processes(), ...(tasks === undefined ? {} : { threads: tasks }) },
        network: interfaces(text('net/dev'), (name) => !INNER.test(name)),
        nodefs: fileSystem(dataDir),
        ...imagefsOf(images),
        devices: { ...device('nodefs', dataDir), ...device('imagefs', images?.mountpoint) },
        ...(bounds.length === 0 ? {} : { maxProcesses: Math.min(...bounds) }),
        bootAtWall,
      };
    },
    close() {
      for (const file of [...Object.values(proc), ...Object.values(stalls)]) file.close();
    },
  };
}

/** The file system of the images with what they take of it; nothing while it can not be read. */
function imagefsOf(images: FilesystemUse | undefined): Pick<NodeUsage, 'imagefs'> {
  if (images === undefined || !isAbsolute(images.mountpoint) || !existsSync(images.mountpoint)) return {};
  const { mountpoint, usedBytes, inodesUsed } = images;
  return { imagefs: { ...fileSystem(mountpoint), usedBytes, ...(inodesUsed === undefined ? {} : { inodesUsed }) } };
}

/** Where groups are not counted, what the kernel itself says is available. */
function memoryOfNode(root: MemoryUsage | undefined, meminfo: string, capacity: number): MemoryUsage {
  const swapBytes = meminfoBytes(meminfo, 'SwapTotal') - meminfoBytes(meminfo, 'SwapFree');
  if (root !== undefined) {
    return { ...root, swapBytes, availableBytes: Math.max(0, capacity - root.workingSetBytes) };
  }
  const workingSetBytes = capacity - meminfoBytes(meminfo, 'MemAvailable');
  return {
    usageBytes: capacity - meminfoBytes(meminfo, 'MemFree'),
    workingSetBytes,
    rssBytes: meminfoBytes(meminfo, 'AnonPages'),
    cacheBytes: meminfoBytes(meminfo, 'Cached'),
    swapBytes,
    pageFaults: 0,
    majorPageFaults: 0,
    availableBytes: capacity - workingSetBytes,
  };
}

const processCount = (fileRoot: string): number =>
  readdirSync(join(fileRoot, 'proc')).filter((name) => name >= '0' && name < ':').length;

/** All of the file system that the path is on. Throws UsageError. */
function fileSystem(path: string): FsUsage {
  try {
    const { bsize, blocks, bfree, bavail, files, ffree } = statfsSync(path);
    return {
      usedBytes: (blocks - bfree) * bsize,
      capacityBytes: blocks * bsize,
      availableBytes: bavail * bsize,
      // Some file systems, such as btrfs and vfat, have no fixed number of inodes.
      ...(files === 0 ? {} : { inodes: files, inodesFree: ffree, inodesUsed: files - ffree }),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UsageError('failed', `the file system of ${path}: ${error.message}`, { cause: error });
  }
}
