/** The files of one control group, by either version: what is read at each look, and what seldom. */
import type { CpuUsage, DiskIo, MemoryUsage } from '../../ports/usage.ts';
import { blkio, cpuMax, cpuStat, ioStat, keyed, type NameOf, sharesOf, single, throttled } from './cgroup-values.ts';

const NANOS_A_TICK = 1e7;

export type Read = () => string | undefined;
type Seldom = (follows?: unknown) => string | undefined;
/** Opens a file of the group in the tree of one controller. */
export type Open = { often(name: string): Read; seldom(name: string): Seldom };

/**
 * Limits, and what follows from what is read anyway, are read at one of so many looks, or when that has changed: the fewer
 * files, the cheaper a look, and the fewer are kept open.
 */
export const LOOKS_BETWEEN = 6;

/** Read at the first look, at each sixth after it, and when what it follows is another than before. `looks` counts looks at the group. */
export function seldom(read: Read, looks: () => number): Seldom {
  let [text, at, before]: [string | undefined, number, unknown] = [undefined, Number.NEGATIVE_INFINITY, undefined];
  return (follows) => {
    if (looks() - at >= LOOKS_BETWEEN || follows !== before) {
      text = read();
      at = looks();
    }
    before = follows;
    return text;
  };
}

/** What of a group changes whenever something runs in it, as the kernel tells it. */
export type Signs = {
  readonly cpu: string | undefined;
  readonly memory: string | undefined;
  readonly disks: string | undefined;
};
/** One version's files of a group. What is made of signs may read more of them. */
export type GroupFiles = {
  signs(): Signs;
  cpu(signs: Signs): CpuUsage | undefined;
  memory(signs: Signs): MemoryUsage | undefined;
  disks(signs: Signs): readonly DiskIo[] | undefined;
};

/** What is set of a container's CPU. */
function settings(quota: CpuUsage['quota'], shares: number | undefined): Pick<CpuUsage, 'quota' | 'shares'> {
  return { ...(quota === undefined ? {} : { quota }), ...(shares === undefined ? {} : { shares }) };
}
const nothing = () => undefined;

/** `open` opens files of its folder. `isContainer`: what is set of it, and what was killed of it, is told too. */
export function version2(open: Open, nameOf: NameOf, isContainer: boolean): GroupFiles {
  const stat = open.often('cpu.stat');
  const [current, memoryStat] = [open.often('memory.current'), open.often('memory.stat')];
  const swap = open.often('memory.swap.current');
  const max = open.seldom('memory.max');
  const io = open.often('io.stat');
  const ofContainer = (name: string) => (isContainer ? open.seldom(name) : nothing);
  const [quota, weight] = [ofContainer('cpu.max'), ofContainer('cpu.weight')];
  const events = ofContainer('memory.events');
  return {
    signs: () => ({ cpu: stat(), memory: current(), disks: io() }),
    cpu({ cpu }) {
      const found = cpuStat(cpu ?? '');
      return found && { ...found, ...settings(cpuMax(quota() ?? ''), sharesOf(single(weight()))) };
    },
    memory(signs) {
      const text = memoryStat();
      if (text === undefined) return undefined;
      const [rss, cache] = [keyed(text, 'anon') ?? 0, keyed(text, 'file') ?? 0];
      // The root has no count of its own: the kubelet's library takes both kinds of pages for it.
      const usage = single(signs.memory) ?? rss + cache;
      const [inactive, swapBytes] = [keyed(text, 'inactive_file') ?? 0, single(swap())];
      return memoryOf({
        usage,
        inactive,
        rss,
        cache,
        limit: single(max()),
        swapBytes,
        text,
        prefix: '',
        events: events(),
      });
    },
    disks: ({ disks }) => (disks === undefined ? undefined : ioStat(disks, nameOf)),
  };
}

/** `of` opens files of its folder in the tree of a controller. */
export function version1(of: (controller: string) => Open, nameOf: NameOf, isContainer: boolean): GroupFiles {
  const [usage, times] = [of('cpuacct').often('cpuacct.usage'), of('cpuacct').often('cpuacct.stat')];
  const stat = of('cpu').seldom('cpu.stat');
  const memory = of('memory');
  const [current, memoryStat] = [memory.often('memory.usage_in_bytes'), memory.often('memory.stat')];
  const max = memory.seldom('memory.limit_in_bytes');
  const bytes = of('blkio').often('blkio.throttle.io_service_bytes_recursive');
  const operations = of('blkio').seldom('blkio.throttle.io_serviced_recursive');
  const ofContainer = (controller: string, name: string) => (isContainer ? of(controller).seldom(name) : nothing);
  const [quota, period] = [ofContainer('cpu', 'cpu.cfs_quota_us'), ofContainer('cpu', 'cpu.cfs_period_us')];
  const shares = ofContainer('cpu', 'cpu.shares');
  const events = ofContainer('memory', 'memory.oom_control');
  /** A group that has no quota has no periods. */
  let limited = false;
  return {
    signs: () => ({ cpu: usage(), memory: current(), disks: bytes() }),
    cpu({ cpu }) {
      const usageNanos = single(cpu);
      if (usageNanos === undefined) return undefined;
      const [split, held] = [times() ?? '', stat(limited ? usageNanos : undefined) ?? ''];
      const throttling = throttled(held, keyed(held, 'throttled_time') ?? 0);
      limited = (throttling?.periods ?? 0) > 0;
      return {
        usageNanos,
        userNanos: (keyed(split, 'user') ?? 0) * NANOS_A_TICK,
        systemNanos: (keyed(split, 'system') ?? 0) * NANOS_A_TICK,
        ...(throttling === undefined ? {} : { throttling }),
        ...settings(cpuMax(`${quota() ?? ''} ${period() ?? ''}`), single(shares())),
      };
    },
    memory(signs) {
      const [text, used] = [memoryStat(), single(signs.memory)];
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
        events: events(),
      });
    },
    disks: ({ disks }) => (disks === undefined ? undefined : blkio(disks, operations(disks) ?? '', nameOf)),
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
  readonly events: string | undefined;
}): MemoryUsage {
  const { usage, limit, swapBytes, text, prefix, events = '' } = found;
  const oomKills = keyed(events, 'oom_kill');
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
    ...(oomKills === undefined ? {} : { oomKills }),
  };
}
