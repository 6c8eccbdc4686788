/**
 * What the parts of the system use: all pods, the agent, the runtime, and the device's own services. A part that has a group
 * is told by it; the agent, and a runtime without a group of its own, by their processes.
 */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import pidusage from 'pidusage';
import type { GroupUsage, PodUsage, SystemUsage } from '../../ports/usage.ts';
import { hierarchyOf } from '../host/cgroup-facts.ts';
import { podsGroupPaths } from '../host/pods-group.ts';
import { groupsOfProcess } from './cgroup-values.ts';
import { createGroupReader, type GroupReader, type Kernel } from './group-reader.ts';
import { sumOfGroups } from './group-sum.ts';
import type { KernelFiles } from './kernel-files.ts';

export type SystemParts = {
  read(pods: readonly PodUsage[]): Promise<readonly SystemUsage[]>;
  close(): void;
};

const SERVICES = ['/system.slice'];
/** A runtime that was not found at so many looks is looked for at one of so many: each reads the tables of sockets and of processes. */
const LOOKS_BETWEEN = 6;

/** `cgroupRoot` is the group below which that of all pods is; `socket` is the runtime's. */
export function createSystemParts(options: {
  readonly kernel: Kernel;
  readonly cgroupRoot: string;
  readonly socket: string;
  readonly proc: string;
}): SystemParts {
  const { kernel, cgroupRoot, socket, proc } = options;
  const { files, mounts } = kernel;
  const main = (mounts.version === 2 ? mounts.hierarchies[0] : hierarchyOf(mounts, 'memory'))?.dir;
  const groups = new Map<string, GroupReader>();
  let runtime: { readonly pid: number; readonly own: boolean } | undefined;
  let misses = 0;

  /** The first of these groups that is there. */
  function group(name: string, paths: readonly string[]): GroupUsage | undefined {
    const known = groups.get(name);
    const usage = known?.read();
    if (usage !== undefined || main === undefined) return usage;
    known?.close();
    groups.delete(name);
    const path = paths.find((each) => existsSync(join(main, each)));
    if (path === undefined) return undefined;
    const reader = createGroupReader(kernel, () => path, 'inner');
    groups.set(name, reader);
    return reader.read();
  }
  const groupOf = (pid: number | 'self'): string =>
    groupsOfProcess(files.text(join(proc, String(pid), 'cgroup')) ?? '').get(mounts.version === 2 ? '' : 'memory') ??
    '/';

  /** By a group of its own, or as a process. */
  function runtimeNow(): { readonly usage?: GroupUsage | undefined; readonly pid?: number } {
    if (runtime === undefined && (misses < LOOKS_BETWEEN || misses % LOOKS_BETWEEN === 0)) {
      const pid = ownerOf(socket, files, proc);
      runtime = pid === undefined ? undefined : { pid, own: !['/', groupOf('self')].includes(groupOf(pid)) };
    }
    misses = runtime === undefined ? misses + 1 : 0;
    if (runtime === undefined) return {};
    if (!runtime.own) return { pid: runtime.pid };
    const usage = group('runtime', [groupOf(runtime.pid)]);
    if (usage === undefined) runtime = undefined;
    return { usage };
  }

  return {
    async read(pods) {
      const all = group('pods', podsGroupPaths(cgroupRoot)) ?? (pods.length === 0 ? undefined : sumOfGroups(pods));
      const found = runtimeNow();
      const used = await processesUsage(found.pid === undefined ? [process.pid] : [process.pid, found.pid]);
      if (found.pid !== undefined && used.get(found.pid) === undefined) runtime = undefined;
      const parts: readonly (readonly [SystemUsage['name'], GroupUsage | undefined])[] = [
        ['pods', all],
        ['agent', used.get(process.pid)],
        ['runtime', found.pid === undefined ? found.usage : used.get(found.pid)],
        ['system', group('system', SERVICES)],
      ];
      return parts.flatMap(([name, usage]) => (usage === undefined ? [] : [{ name, ...usage }]));
    },
    close() {
      for (const reader of groups.values()) reader.close();
      groups.clear();
    },
  };
}

/** Of those that have not ended. Of a process alone the kernel counts no cache; its faults are told for the agent only. */
async function processesUsage(pids: readonly number[]): Promise<ReadonlyMap<number, GroupUsage>> {
  const all = await pidusage([...pids]).catch((): Record<string, undefined> => ({}));
  return new Map(
    pids.flatMap((pid): [number, GroupUsage][] => {
      const found = all[pid];
      return found === undefined ? [] : [[pid, processUsage(pid, found)]];
    }),
  );
}

function processUsage(pid: number, { ctime, memory }: { readonly ctime: number; readonly memory: number }): GroupUsage {
  const { minorPageFault = 0, majorPageFault = 0 } = pid === process.pid ? process.resourceUsage() : {};
  return {
    cpu: { usageNanos: Math.round(ctime * 1e6) },
    memory: {
      usageBytes: memory,
      workingSetBytes: memory,
      rssBytes: memory,
      cacheBytes: 0,
      pageFaults: minorPageFault + majorPageFault,
      majorPageFaults: majorPageFault,
    },
    processes: { processes: 1 },
  };
}

/** The process that listens on a unix socket: its inode in /proc/net/unix, and who has that open. */
function ownerOf(socket: string, files: KernelFiles, proc: string): number | undefined {
  const lines = (files.text(join(proc, 'net/unix')) ?? '').split('\n').filter((line) => line.endsWith(` ${socket}`));
  // The flags tell the one that listens from those that it has accepted.
  const inode = lines.map((line) => line.trim().split(/\s+/)).find((columns) => columns[3] === '00010000')?.[6];
  if (inode === undefined) return undefined;
  const pids = readdirSync(proc).filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => holds(join(proc, String(pid), 'fd'), `socket:[${inode}]`));
}

function holds(dir: string, wanted: string): boolean {
  try {
    return readdirSync(dir).some((fd) => readlinkSync(join(dir, fd)) === wanted);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false; // it has ended, or is none of ours
    throw error;
  }
}
