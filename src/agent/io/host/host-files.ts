/** Readers of the system's text files. Pure; what is missing or malformed reads as nothing. */

/** A line of /proc/meminfo, in bytes; 0 when there is none. */
export function memoryBytes(meminfo: string, line: 'MemTotal' | 'MemFree' | 'Inactive(file)'): number {
  return Number(new RegExp(`^${line.replace(/[()]/g, '\\$&')}:\\s*(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
}

/** How many tasks there are, processes and their threads, in /proc/loadavg. */
export function taskCount(loadavg: string): number {
  return Number(/^(?:\S+ ){3}\d+\/(\d+) /.exec(loadavg)?.[1] ?? 0);
}

/** The interface of the IPv4 default route with the lowest metric, in /proc/net/route. */
export function defaultRouteInterface(routes: string): string | undefined {
  const defaults = routes
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1] === '00000000' && columns[7] === '00000000')
    .sort((one, other) => Number(one[6]) - Number(other[6]));
  return defaults[0]?.[0];
}

/** PRETTY_NAME of os-release(5). */
export function osName(osRelease: string): string {
  return /^PRETTY_NAME=(["']?)(.*)\1\s*$/m.exec(osRelease)?.[2] ?? '';
}

/** A device tree's model as a label's value, `Raspberry-Pi-4-Model-B-Rev-1.4`; undefined when there is none. */
export function boardLabel(model: string): string | undefined {
  const value = model
    .replaceAll('\0', '')
    .trim()
    .replace(/[^A-Za-z0-9._]+/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return value === '' ? undefined : value;
}

export type Resolver = {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
};

/** resolv.conf(5): every nameserver; the last `search` or `domain` line; the last `options` line. */
export function resolverOf(resolvConf: string): Resolver {
  const lines = resolvConf.split('\n').map((line) => (line.split(/[#;]/)[0] ?? '').trim().split(/\s+/));
  const last = (...keywords: string[]) =>
    lines.findLast(([keyword]) => keyword !== undefined && keywords.includes(keyword))?.slice(1) ?? [];
  return {
    servers: lines.flatMap(([keyword, server]) => (keyword === 'nameserver' && server !== undefined ? [server] : [])),
    searches: last('search', 'domain'),
    options: last('options'),
  };
}
