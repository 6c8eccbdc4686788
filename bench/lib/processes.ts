/** What the processes of a cluster use, from /proc. */

import { readdirSync, readFileSync } from 'node:fs';

export type Role = 'up' | 'master' | 'agent' | 'nats' | 'containerd' | 'shim';
export type Process = { readonly pid: number; readonly role: Role };
/** Bytes; and since the process began, CPU in seconds and how often one of its threads has gone to sleep. */
export type Use = {
  readonly rss: number;
  readonly pss: number;
  readonly cpuSeconds: number;
  readonly written: number;
  readonly sleeps: number;
};
/** That of no process. */
export const nothing: Use = { rss: 0, pss: 0, cpuSeconds: 0, written: 0, sleeps: 0 };

/** Clock ticks a second in /proc/PID/stat: 100 on every Linux that Node runs on. */
const ticks = 100;

/** The processes whose command line names `dir`, and the shims whose namespace socket is below it. */
export function processesOf(dir: string): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): Process[] => {
      const command = read(`/proc/${name}/cmdline`)?.split('\0') ?? [];
      const role = command.some((word) => word.includes(dir)) ? roleOf(command) : undefined;
      return role === undefined ? [] : [{ pid: Number(name), role }];
    });
}

function roleOf(command: readonly string[]): Role | undefined {
  const [program = ''] = command;
  if (program.includes('containerd-shim')) return 'shim';
  if (program.endsWith('containerd')) return 'containerd';
  if (program.endsWith('nats-server')) return 'nats';
  return (['master', 'agent', 'up'] as const).find((verb) => command.includes(verb));
}

/** What a process uses now; nothing of a process that has ended. */
export function useOf(pid: number): Use {
  const rollup = read(`/proc/${pid}/smaps_rollup`) ?? '';
  const kib = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
  const stat = read(`/proc/${pid}/stat`) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const written = Number(/^write_bytes: (\d+)/m.exec(read(`/proc/${pid}/io`) ?? '')?.[1] ?? 0);
  return {
    rss: kib('Rss'),
    pss: kib('Pss'),
    cpuSeconds: (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticks,
    written,
    sleeps: sleepsOf(pid),
  };
}

/** The sum over all processes of a role. */
export function useByRole(dir: string): ReadonlyMap<Role, Use> {
  const sums = new Map<Role, Use>();
  for (const { pid, role } of processesOf(dir)) {
    const one = useOf(pid);
    const sum = sums.get(role) ?? nothing;
    sums.set(role, {
      rss: sum.rss + one.rss,
      pss: sum.pss + one.pss,
      cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
      written: sum.written + one.written,
      sleeps: sum.sleeps + one.sleeps,
    });
  }
  return sums;
}

/** Of all of its threads. */
function sleepsOf(pid: number): number {
  return namesIn(`/proc/${pid}/task`)
    .map((task) => read(`/proc/${pid}/task/${task}/status`) ?? '')
    .reduce((sum, text) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? 0), 0);
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    // The process ended between the listing and the reading.
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended between the listing and the reading.
    return undefined;
  }
}
