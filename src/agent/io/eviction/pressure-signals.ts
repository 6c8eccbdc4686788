/**
 * What may run out, from the kernel's files. Those are in memory, and reading them at once costs less than handing the read to a
 * thread; file systems are asked by a thread, since a disk may hang.
 */
import { readFileSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { CriError } from '../../ports/cri.ts';
import type { Level, PressureSignals, Seen } from '../../ports/pressure-signals.ts';
import { type CgroupMounts, cgroupMounts, hierarchyOf } from '../host/cgroup-facts.ts';
import { memoryBytes, taskCount } from '../host/host-files.ts';
import { podsGroupPaths } from '../host/pods-group.ts';
import { keyed } from '../usage/cgroup-values.ts';
import { watchKernel } from './kernel-wake.ts';

export type PressureSignalsOptions = {
  /** Where volumes and logs are. */
  readonly dataDir: string;
  /** Where the runtime keeps images and writable layers. */
  imageDir(): Promise<string | undefined>;
  /** The setting cgroupRoot: below it is the group of all pods. */
  readonly cgroupRoot: string;
  /** What all pods together may use, also before their group is made. */
  readonly podsMemoryBytes: number;
  /** Stands before /proc and /sys, for tests. */
  readonly fileRoot?: string;
};

type Disk = { readonly space?: Level; readonly inodes?: Level };

/** Rejects only where the device has no list of its mounts. */
export async function createPressureSignals(options: PressureSignalsOptions): Promise<PressureSignals> {
  const { fileRoot = '/', dataDir } = options;
  const mounts = await cgroupMounts(fileRoot);
  const text = (path: string) => textOf(join(fileRoot, path));
  const pods = podsGroups(mounts, options.cgroupRoot);
  let disks: Pick<Seen, 'levels' | 'separateImages'> = { levels: {}, separateImages: false };

  let known: string | undefined;

  /** The runtime knows; while it is away it is where it was. Undefined before it was there. */
  async function imageDir(): Promise<string | undefined> {
    try {
      known ??= (await options.imageDir()) ?? dataDir;
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
    }
    return known;
  }

  async function readDisks(): Promise<typeof disks> {
    const images = await imageDir();
    const node = await diskOf(dataDir);
    const separateImages = images !== undefined && (await areApart(dataDir, images));
    const image = images === undefined ? {} : separateImages ? await diskOf(images) : node;
    return {
      separateImages,
      levels: {
        ...levels('nodefs.available', node.space),
        ...levels('nodefs.inodesFree', node.inodes),
        ...levels('imagefs.available', image.space),
        ...levels('imagefs.inodesFree', image.inodes),
        // containerd keeps writable layers beside its images.
        ...levels('containerfs.available', image.space),
        ...levels('containerfs.inodesFree', image.inodes),
      },
    };
  }

  return {
    read: async (what) => {
      if (what === 'all') disks = await readDisks();
      const stall = stallOf(text('proc/pressure/memory'));
      return {
        separateImages: disks.separateImages,
        levels: {
          ...disks.levels,
          ...levels('memory.available', nodeMemory(text('proc/meminfo'))),
          ...levels('allocatableMemory.available', podsMemory(mounts, pods, options.podsMemoryBytes)),
          ...levels('pid.available', processIds(text)),
        },
        ...(stall === undefined ? {} : { stall }),
      };
    },
    watch(wake) {
      if (mounts.version !== 2) return undefined;
      for (const dir of pods) {
        const end = watchKernel(dir, wake);
        if (end !== undefined) return end;
      }
      return undefined;
    },
  };
}

const levels = (signal: keyof Seen['levels'], level: Level | undefined): Seen['levels'] =>
  level === undefined ? {} : { [signal]: level };

/** As the kubelet computes it on version 2: the working set is what is not free, without the inactive pages of files. */
function nodeMemory(meminfo: string): Level | undefined {
  const capacity = memoryBytes(meminfo, 'MemTotal');
  if (capacity === 0) return undefined;
  return { capacity, available: memoryBytes(meminfo, 'MemFree') + memoryBytes(meminfo, 'Inactive(file)') };
}

/** Where the group of all pods may be; by the driver that the runtime uses it is in one of them. */
function podsGroups(mounts: CgroupMounts, root: string): readonly string[] {
  const memory = hierarchyOf(mounts, 'memory');
  return memory === undefined ? [] : podsGroupPaths(root).map((path) => join(memory.dir, path));
}

function podsMemory({ version }: CgroupMounts, dirs: readonly string[], limit: number): Level | undefined {
  if (dirs.length === 0 || limit <= 0) return undefined;
  const [current, inactive] =
    version === 1
      ? (['memory.usage_in_bytes', 'total_inactive_file'] as const)
      : (['memory.current', 'inactive_file'] as const);
  const workingSet = (dir: string): number => {
    const used = Number(textOf(join(dir, current)) || '0');
    const files = used === 0 ? 0 : Number(keyed(textOf(join(dir, 'memory.stat')), inactive) ?? 0);
    return Math.max(0, used - files);
  };
  return { capacity: limit, available: limit - dirs.reduce((sum, dir) => sum + workingSet(dir), 0) };
}

/** Each process and each thread takes one id of both bounds. */
function processIds(text: (path: string) => string): Level | undefined {
  const bounds = [text('proc/sys/kernel/pid_max'), text('proc/sys/kernel/threads-max')].map(Number);
  const capacity = Math.min(...bounds.filter((bound) => bound > 0));
  return Number.isFinite(capacity) ? { capacity, available: capacity - taskCount(text('proc/loadavg')) } : undefined;
}

/** `full avg10=0.00 avg60=0.00 avg300=0.00 total=0` (kernel documentation accounting/psi). */
function stallOf(text: string): Seen['stall'] {
  const [, ten, sixty, longest] = /^full avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+)/m.exec(text) ?? [];
  return ten === undefined ? undefined : { 10: Number(ten), 60: Number(sixty), 300: Number(longest) };
}

async function diskOf(dir: string): Promise<Disk> {
  try {
    const { bavail, blocks, bsize, ffree, files } = await statfs(dir);
    return {
      ...(blocks > 0 ? { space: { available: bavail * bsize, capacity: blocks * bsize } } : {}),
      // btrfs has no fixed number of inodes and says 0.
      ...(files > 0 ? { inodes: { available: ffree, capacity: files } } : {}),
    };
  } catch {
    // A file system that can not be asked is not known to be full; what keeps its data there says what is wrong with it.
    return {};
  }
}

/** One that is not there (yet) is where the data is. */
async function areApart(dataDir: string, imageDir: string): Promise<boolean> {
  const [data, images] = await Promise.all([dataDir, imageDir].map((dir) => stat(dir).catch(() => undefined)));
  return data !== undefined && images !== undefined && data.dev !== images.dev;
}

/** Empty when there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
