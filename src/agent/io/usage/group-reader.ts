/** What one control group uses, with what is below it, on a kernel with either version or with both. */
import { join } from 'node:path';
import type { GroupUsage, MemoryUsage, Pressure, ProcessCount } from '../../ports/usage.ts';
import { type CgroupMounts, hierarchyOf } from '../host/cgroup-facts.ts';
import { blkio, cpuStat, ioStat, keyed, lineCount, type NameOf, single, throttled } from './cgroup-values.ts';
import type { KernelFile, KernelFiles } from './kernel-files.ts';
import { pressure } from './proc-files.ts';

export type GroupReader = {
  /** Undefined when there is no such group (any more). */
  read(): GroupUsage | undefined;
  close(): void;
};
/** Its path in the tree of a controller, `` being that of version 2; undefined where it is in none. */
export type GroupPath = (controller: string) => string | undefined;
/** Processes are counted in the groups of containers only: those above have none of their own. */
export type GroupKind = 'container' | 'inner';

/**
 * Limits, and what follows from what is read anyway, are read at one of so many looks, or when that has changed: the fewer
 * files, the cheaper a look, and the fewer are kept open.
 */
const LOOKS_BETWEEN = 6;

/** What readers of groups share. */
export type Kernel = { readonly files: KernelFiles; readonly mounts: CgroupMounts; readonly nameOf: NameOf };

const NANOS_A_TICK = 1e7;

export function createGroupReader({ files, mounts, nameOf }: Kernel, path: GroupPath, kind: GroupKind): GroupReader {
  const opened: KernelFile[] = [];
  const kept = (dir: string | undefined, name: string): (() => string | undefined) => {
    if (dir === undefined) return nothing;
    const file = files.file(dir, name);
    opened.push(file);
    return () => file.read();
  };
  const folder = (top: string | undefined, own: string | undefined): string | undefined =>
    top === undefined || own === undefined ? undefined : join(top, own);
  const unifiedDir = (mounts.version === 2 ? mounts.hierarchies[0] : unifiedOf(mounts))?.dir;
  const of = (controller: string): Open => {
    const second = mounts.version === 2;
    const dir = folder(second ? unifiedDir : hierarchyOf(mounts, controller)?.dir, path(second ? '' : controller));
    return {
      often: (name) => kept(dir, name),
      seldom: (name) => seldom(dir === undefined ? nothing : () => files.text(join(dir, name))),
    };
  };
  const inUnified = folder(unifiedDir, path(''));
  const unified = (name: string) => kept(inUnified, name);
  const readers = mounts.version === 2 ? version2(of(''), nameOf) : version1(of, nameOf);
  const processes = kind === 'inner' ? undefined : of('pids').seldom('cgroup.procs');
  const tasks = of('pids').often('pids.current');
  const stalls = { cpu: unified('cpu.pressure'), memory: unified('memory.pressure'), io: unified('io.pressure') };

  return {
    read() {
      const [cpu, memory, disks] = [readers.cpu(), readers.memory(), readers.disks()];
      const threads = single(tasks());
      const count = countOf(processes?.(threads), threads);
      if (cpu === undefined && memory === undefined && count === undefined) return undefined;
      return {
        ...(cpu === undefined ? {} : { cpu: withStalls(cpu, stalls.cpu()) }),
        ...(memory === undefined ? {} : { memory: withStalls(memory, stalls.memory()) }),
        ...(disks === undefined ? {} : { io: withStalls({ disks }, stalls.io()) }),
        ...(count === undefined ? {} : { processes: count }),
      };
    },
    close() {
      for (const file of opened) file.close();
    },
  };
}

const nothing = () => undefined;

function withStalls<T extends object>(usage: T, text: string | undefined): T & { readonly pressure?: Pressure } {
  const stalls = pressure(text ?? '');
  return stalls === undefined ? usage : { ...usage, pressure: stalls };
}

/** A group without processes has no container any more, or is above them. */
function countOf(processes: string | undefined, threads: number | undefined): ProcessCount | undefined {
  if (processes === undefined) return threads === undefined ? undefined : { processes: threads, threads };
  return { processes: lineCount(processes), ...(threads === undefined ? {} : { threads }) };
}

/** Beside version 1's trees there may be one of version 2 without controllers: it tells of stalls. */
const unifiedOf = ({ hierarchies }: CgroupMounts) => hierarchies.find(({ controllers }) => controllers.size === 0);

type Read = () => string | undefined;
type Seldom = (follows?: unknown) => string | undefined;
/** Opens a file of the group in the tree of one controller. */
type Open = { often(name: string): Read; seldom(name: string): Seldom };

/** Read at the first look, at each sixth after it, and when what it follows is another than before. */
function seldom(read: Read): Seldom {
  let [text, looks, before]: [string | undefined, number, unknown] = [undefined, 0, undefined];
  return (follows) => {
    if (looks % LOOKS_BETWEEN === 0 || follows !== before) text = read();
    [looks, before] = [looks + 1, follows];
    return text;
  };
}

function version2(open: Open, nameOf: NameOf) {
  const stat = open.often('cpu.stat');
  const [current, memoryStat] = [open.often('memory.current'), open.often('memory.stat')];
  const swap = open.often('memory.swap.current');
  const max = open.seldom('memory.max');
  const io = open.often('io.stat');
  return {
    cpu: () => cpuStat(stat() ?? ''),
    memory() {
      const text = memoryStat();
      if (text === undefined) return undefined;
      const [rss, cache] = [keyed(text, 'anon') ?? 0, keyed(text, 'file') ?? 0];
      // The root has no count of its own: the kubelet's library takes both kinds of pages for it.
      const usage = single(current()) ?? rss + cache;
      const [inactive, swapBytes] = [keyed(text, 'inactive_file') ?? 0, single(swap())];
      return memoryOf({ usage, inactive, rss, cache, limit: single(max()), swapBytes, text, prefix: '' });
    },
    disks() {
      const text = io();
      return text === undefined ? undefined : ioStat(text, nameOf);
    },
  };
}

function version1(of: (controller: string) => Open, nameOf: NameOf) {
  const [usage, times] = [of('cpuacct').often('cpuacct.usage'), of('cpuacct').often('cpuacct.stat')];
  const stat = of('cpu').seldom('cpu.stat');
  const memory = of('memory');
  const [current, memoryStat] = [memory.often('memory.usage_in_bytes'), memory.often('memory.stat')];
  const max = memory.seldom('memory.limit_in_bytes');
  const bytes = of('blkio').often('blkio.throttle.io_service_bytes_recursive');
  const operations = of('blkio').seldom('blkio.throttle.io_serviced_recursive');
  /** A group that has no quota has no periods. */
  let limited = false;
  return {
    cpu() {
      const usageNanos = single(usage());
      if (usageNanos === undefined) return undefined;
      const [split, held] = [times() ?? '', stat(limited ? usageNanos : undefined) ?? ''];
      const throttling = throttled(held, keyed(held, 'throttled_time') ?? 0);
      limited = (throttling?.periods ?? 0) > 0;
      return {
        usageNanos,
        userNanos: (keyed(split, 'user') ?? 0) * NANOS_A_TICK,
        systemNanos: (keyed(split, 'system') ?? 0) * NANOS_A_TICK,
        ...(throttling === undefined ? {} : { throttling }),
      };
    },
    memory() {
      const [text, used] = [memoryStat(), single(current())];
      if (text === undefined || used === undefined) return undefined;
      const total = (name: string) => keyed(text, `total_${name}`) ?? 0;
      return memoryOf({
        usage: used,
        inactive: total('inactive_file'),
        rss: total('rss'),
        cache: total('cache'),
        limit: single(max()),
        swapBytes: keyed(text, 'total_swap'),
        text,
        prefix: 'total_',
      });
    },
    disks() {
      const text = bytes();
      return text === undefined ? undefined : blkio(text, operations(text) ?? '', nameOf);
    },
  };
}

function memoryOf(found: {
  readonly usage: number;
  readonly inactive: number;
  readonly rss: number;
  readonly cache: number;
  readonly limit: number | undefined;
  readonly swapBytes: number | undefined;
  readonly text: string;
  readonly prefix: 'total_' | '';
}): MemoryUsage {
  const { usage, limit, swapBytes, text, prefix } = found;
  const workingSetBytes = Math.max(0, usage - found.inactive);
  return {
    usageBytes: usage,
    workingSetBytes,
    rssBytes: found.rss,
    cacheBytes: found.cache,
    ...(swapBytes === undefined ? {} : { swapBytes }),
    pageFaults: keyed(text, `${prefix}pgfault`) ?? 0,
    majorPageFaults: keyed(text, `${prefix}pgmajfault`) ?? 0,
    ...(limit === undefined ? {} : { limitBytes: limit, availableBytes: Math.max(0, limit - workingSetBytes) }),
  };
}
