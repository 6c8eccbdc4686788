/** Readers of the kernel's text files about the whole device, in /proc. Pure; what is missing or malformed is left out. */

import type { DiskIo, InterfaceUsage, Pressure, Stall } from '../../ports/usage.ts';

/** Clock ticks a second: 100 on every Linux that Node runs on. */
const NANOS_A_TICK = 1e7;
/** Of /proc/diskstats, whatever the device. */
const SECTOR = 512;

/** Lines of `name: number kB`, in bytes. */
export function meminfoBytes(meminfo: string, name: string): number {
  const at = meminfo.indexOf(`${name}:`);
  return at < 0 ? 0 : Number.parseInt(meminfo.slice(at + name.length + 1, at + name.length + 26), 10) * 1024;
}

/** /proc/stat: CPU time that was used, and when the device was started (milliseconds since 1970). A guest's time is in user's and nice's. */
export function procStat(stat: string): {
  readonly usageNanos: number;
  readonly userNanos: number;
  readonly systemNanos: number;
  readonly bootAtWall: number;
} {
  const line = stat.slice(0, Math.max(0, stat.indexOf('\n')));
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.trim().split(/\s+/).slice(1).map(Number);
  const boot = stat.indexOf('\nbtime ');
  return {
    usageNanos: (user + nice + system + irq + softirq) * NANOS_A_TICK,
    userNanos: (user + nice) * NANOS_A_TICK,
    systemNanos: (system + irq + softirq) * NANOS_A_TICK,
    bootAtWall: boot < 0 ? 0 : Number.parseInt(stat.slice(boot + 7, boot + 27), 10) * 1000,
  };
}

/** Tasks (processes and their threads) in /proc/loadavg; undefined when it says none. */
export function taskCount(loadavg: string): number | undefined {
  const slash = loadavg.indexOf('/');
  const count = slash < 0 ? Number.NaN : Number.parseInt(loadavg.slice(slash + 1, slash + 12), 10);
  return Number.isNaN(count) ? undefined : count;
}

/** /proc/PID/net/dev; `wanted` tells which interfaces. */
export function interfaces(netDev: string, wanted: (name: string) => boolean): readonly InterfaceUsage[] {
  const found: InterfaceUsage[] = [];
  for (const line of netDev.split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    if (name === '' || !wanted(name)) continue;
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    const column = (index: number) => Number(columns[index] ?? 0);
    found.push({
      name,
      rxBytes: column(0),
      rxPackets: column(1),
      rxErrors: column(2),
      rxDropped: column(3),
      txBytes: column(8),
      txPackets: column(9),
      txErrors: column(10),
      txDropped: column(11),
    });
  }
  return found;
}

/** `179:2`, of the number that the kernel makes of both (makedev(3)). */
export function deviceNumbers(dev: number): string {
  return `${(dev >>> 8) & 0xfff}:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`;
}

/** All block devices of /proc/diskstats (Documentation/admin-guide/iostats), partitions too. */
export function diskstats(text: string): readonly (DiskIo & { readonly name: string })[] {
  return text.split('\n').flatMap((line) => {
    const [major, minor, name = '', reads = 0, , sectorsRead = 0, , writes = 0, , sectorsWritten = 0] = line
      .trim()
      .split(/\s+/);
    if (name === '') return [];
    return [
      {
        device: `${major}:${minor}`,
        name,
        readBytes: Number(sectorsRead) * SECTOR,
        writtenBytes: Number(sectorsWritten) * SECTOR,
        reads: Number(reads),
        writes: Number(writes),
      },
    ];
  });
}

/** A file of stalls (PSI), of the device or a group: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same for `full`. */
export function pressure(text: string): Pressure | undefined {
  const some = stall(text, 'some ');
  if (some === undefined) return undefined;
  const full = stall(text, 'full ');
  return full === undefined ? { some } : { some, full };
}

function stall(text: string, kind: string): Stall | undefined {
  const line = text.indexOf(kind);
  if (line < 0) return undefined;
  const value = (name: string): number => {
    const at = text.indexOf(name, line);
    return at < 0 ? 0 : Number.parseFloat(text.slice(at + name.length, at + name.length + 20));
  };
  return { avg10: value('avg10='), avg60: value('avg60='), avg300: value('avg300='), totalMicros: value('total=') };
}
