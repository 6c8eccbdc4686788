/** Readers of the files of control groups, both versions. Pure; what is missing is undefined. */

import type { CpuUsage, DiskIo } from '../../ports/usage.ts';

const NANOS_A_MICRO = 1000;
/** A limit of version 1 that is none: the largest multiple of a page. */
const NO_LIMIT = 2 ** 62;

/** The number after `key ` at the beginning of a line. */
export function keyed(text: string, key: string): number | undefined {
  const at = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1;
  if (at === 0 && !text.startsWith(`${key} `)) return undefined;
  return numberAt(text, at + key.length + 1);
}

/** The file's only number; `max`, and what stands for no limit in version 1, is none. */
export function single(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = numberAt(text, 0);
  return value === undefined || value >= NO_LIMIT ? undefined : value;
}

function numberAt(text: string, at: number): number | undefined {
  let value = 0;
  let index = at;
  for (; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return index === at ? undefined : value;
}

/** How many lines there are. */
export function lineCount(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Version 2's cpu.stat, in microseconds. */
export function cpuStat(text: string): CpuUsage | undefined {
  const usage = keyed(text, 'usage_usec');
  if (usage === undefined) return undefined;
  const throttling = throttled(text, (keyed(text, 'throttled_usec') ?? 0) * NANOS_A_MICRO);
  return {
    usageNanos: usage * NANOS_A_MICRO,
    userNanos: (keyed(text, 'user_usec') ?? 0) * NANOS_A_MICRO,
    systemNanos: (keyed(text, 'system_usec') ?? 0) * NANOS_A_MICRO,
    ...(throttling === undefined ? {} : { throttling }),
  };
}

/** How often a group was held back, in cpu.stat of both versions; undefined for one that has no such count, as the root. */
export function throttled(text: string, throttledNanos: number): CpuUsage['throttling'] {
  const periods = keyed(text, 'nr_periods');
  if (periods === undefined) return undefined;
  return { periods, throttledPeriods: keyed(text, 'nr_throttled') ?? 0, throttledNanos };
}

/** Version 2's cpu.max: `max 100000`, or `50000 100000`. */
export function cpuMax(text: string): CpuUsage['quota'] {
  const [micros, periodMicros] = text.split(' ').map((each) => numberAt(each, 0));
  return micros === undefined || periodMicros === undefined ? undefined : { micros, periodMicros };
}

/** Version 2's cpu.weight (1 to 10000) in shares (2 to 262144), as runtimes turn them into each other. */
export function sharesOf(weight: number | undefined): number | undefined {
  return weight === undefined ? undefined : Math.floor(2 + ((weight - 1) * 262_142) / 9999);
}

/** The name of a block device by its numbers; undefined where it is not known. */
export type NameOf = (device: string) => string | undefined;

function named(device: string, nameOf: NameOf): Pick<DiskIo, 'device' | 'name'> {
  const name = nameOf(device);
  return name === undefined ? { device } : { device, name };
}

/** Version 2's io.stat: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`. */
export function ioStat(text: string, nameOf: NameOf): readonly DiskIo[] {
  return text.split('\n').flatMap((line) => {
    const [device = '', ...pairs] = line.split(' ');
    if (device === '' || !pairs.some((pair) => pair.includes('='))) return [];
    const values = new Map(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), Number(pair.slice(pair.indexOf('=') + 1))]),
    );
    const value = (key: string) => values.get(key) ?? 0;
    return [
      {
        ...named(device, nameOf),
        readBytes: value('rbytes'),
        writtenBytes: value('wbytes'),
        reads: value('rios'),
        writes: value('wios'),
      },
    ];
  });
}

/** Version 1's blkio files of bytes and of operations: lines of `8:0 Read 4096`. */
export function blkio(bytes: string, operations: string, nameOf: NameOf): readonly DiskIo[] {
  const disks = new Map<string, { -readonly [K in keyof DiskIo]: DiskIo[K] }>();
  const add = (text: string, read: 'readBytes' | 'reads', written: 'writtenBytes' | 'writes'): void => {
    for (const line of text.split('\n')) {
      const [device = '', operation, count] = line.split(' ');
      if (count === undefined || (operation !== 'Read' && operation !== 'Write')) continue;
      const disk = disks.get(device) ?? {
        ...named(device, nameOf),
        readBytes: 0,
        writtenBytes: 0,
        reads: 0,
        writes: 0,
      };
      disks.set(device, disk);
      disk[operation === 'Read' ? read : written] += Number(count);
    }
  };
  add(bytes, 'readBytes', 'writtenBytes');
  add(operations, 'reads', 'writes');
  return [...disks.values()];
}

/**
 * Where a process is in the trees of groups: /proc/PID/cgroup (cgroups(7)), by controller; version 2's tree is ``. A path that
 * leads out of what is mounted here is left out.
 */
export function groupsOfProcess(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, ...rest] = line.split(':');
    const path = rest.join(':');
    if (controllers === undefined || !path.startsWith('/') || path.split('/').includes('..')) continue;
    for (const controller of controllers.split(',')) paths.set(controller, path);
  }
  return paths;
}
