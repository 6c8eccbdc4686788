/**
 * Groups for pods in the kernel's file system. With the systemd driver systemd owns the tree: then only names are given out,
 * and the runtime has systemd make the slices.
 */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CgroupDriver, type Cgroups, CgroupsError, type PodLimits } from '../../ports/cgroups.ts';
import { type CgroupMounts, cgroupFacts, cgroupMounts, type Hierarchy, hierarchyOf } from './cgroup-facts.ts';
import { limitFiles } from './cgroup-limits.ts';
import { quotaOf, writeQuota } from './cpu-quota.ts';
import { cgroupParent, podsGroup, slices } from './pods-group.ts';

export type CgroupOptions = {
  /** Below it is `kubepods`, the group of all pods: `/`, or another absolute path. */
  readonly root: string;
  /** Who makes groups: the runtime's setting. */
  driver(): Promise<CgroupDriver>;
  /** Bounds all pods together, so that the system and the agent keep what is theirs. */
  readonly allPods: PodLimits;
  readonly podPidsLimit: number | undefined;
  /** Whether pods get groups at all. */
  readonly enabled: boolean;
  /** Stands before every path, for tests. */
  readonly fileRoot?: string;
};

const BURSTABLE = 'burstable';
const BEST_EFFORT = 'besteffort';
const podGroup = /^pod([a-z0-9][-a-z0-9]{0,252})$/;
const LEAST: PodLimits = { cpuShares: 2 };
/** What containers of version 2 need beside what pods are limited by. */
const delegated = ['cpu', 'memory', 'pids', 'io', 'cpuset'] as const;

/** Reads what the kernel has; nothing is made before the first pod. */
export async function createCgroups(options: CgroupOptions): Promise<Cgroups> {
  const { fileRoot = '/' } = options;
  const mounts = await cgroupMounts(fileRoot);
  const facts = await cgroupFacts(fileRoot, mounts);
  const root = podsGroup(options.root);
  let driver: CgroupDriver | undefined;
  let prepared = false;
  const bestEffort = [...root, BEST_EFFORT];
  const bestEffortGroups = [bestEffort, slices(bestEffort)];
  /** What an agent before this one has set holds until it is set anew. */
  let quota = await quotaOf(mounts, bestEffortGroups);

  async function prepare(): Promise<void> {
    if (prepared) return;
    await make(mounts, root, options.allPods);
    await make(mounts, [...root, BURSTABLE], LEAST);
    await make(mounts, bestEffort, { ...LEAST, ...(quota === undefined ? {} : { cpuQuota: quota }) });
    prepared = true;
  }

  return {
    facts,
    podPidsLimit: options.podPidsLimit,
    place: async (path, limits) => {
      if (!options.enabled) return undefined;
      driver ??= await options.driver();
      const names = [...root, ...path];
      if (driver === 'cgroupfs') {
        await withWords('the control group of a pod', async () => {
          await prepare();
          await make(mounts, names, limits);
          if (path[0] === BURSTABLE) await shareOut(mounts, [...root, BURSTABLE]);
        });
      }
      return cgroupParent(names, driver);
    },
    pods: () =>
      withWords('the control groups of pods', async () => {
        const places = [root, [...root, BURSTABLE], [...root, BEST_EFFORT]];
        const all = mounts.hierarchies.flatMap(({ dir }) => places.map((names) => folders(join(dir, ...names))));
        const uids = (await Promise.all(all)).flat().flatMap((name) => podGroup.exec(name)?.[1] ?? []);
        return [...new Set(uids)];
      }),
    remove: (path) =>
      withWords('the control group of a pod', async () => {
        await removeTrees(mounts, [...root, ...path]);
        if (path[0] === BURSTABLE) await shareOut(mounts, [...root, BURSTABLE]);
      }),
    limitBestEffort: async (cpuQuota) => {
      quota = cpuQuota;
      if (options.enabled) {
        await withWords('the control group of BestEffort pods', () => writeQuota(mounts, bestEffortGroups, cpuQuota));
      }
    },
  };
}

/** Removes the group of all pods below `root`, once nothing runs in it, and the folders that led there. Rejects with CgroupsError. */
export async function removeCgroups(root: string): Promise<void> {
  const names = podsGroup(root);
  const mounts = await cgroupMounts('/');
  await withWords('control groups', async () => {
    await removeTrees(mounts, names);
    for (const { dir } of mounts.hierarchies) {
      for (let depth = names.length - 1; depth > 0; depth -= 1) await rmdirIfEmpty(join(dir, ...names.slice(0, depth)));
    }
  });
}

async function make(mounts: CgroupMounts, names: readonly string[], limits: PodLimits): Promise<void> {
  for (const hierarchy of new Set(['cpu', 'memory', 'pids'].flatMap((name) => hierarchyOf(mounts, name) ?? []))) {
    await mkdir(join(hierarchy.dir, ...names), { recursive: true });
    if (mounts.version === 2) await delegate(hierarchy, names);
    for (const { controller, file, value } of limitFiles(mounts.version, limits)) {
      if (hierarchy.controllers.has(controller)) await writeFile(join(hierarchy.dir, ...names, file), value);
    }
  }
}

/** Version 2: a group has the controllers that the group above it hands down. */
async function delegate({ dir, controllers }: Hierarchy, names: readonly string[]): Promise<void> {
  for (let depth = 0; depth < names.length; depth += 1) {
    const path = join(dir, ...names.slice(0, depth), 'cgroup.subtree_control');
    const handed = new Set((await readFile(path, 'utf8')).trim().split(' '));
    for (const controller of delegated) {
      if (controllers.has(controller) && !handed.has(controller)) await writeFile(path, `+${controller}`);
    }
  }
}

/** The burstable class weighs against the others what its pods weigh together. */
async function shareOut(mounts: CgroupMounts, names: readonly string[]): Promise<void> {
  const cpu = hierarchyOf(mounts, 'cpu');
  if (cpu === undefined) return;
  const dir = join(cpu.dir, ...names);
  const [file, most] = mounts.version === 1 ? (['cpu.shares', 262_144] as const) : (['cpu.weight', 10_000] as const);
  let sum = 0;
  for (const name of await folders(dir)) {
    sum += Number((await readFile(join(dir, name, file), 'utf8').catch(unless('ENOENT'))) ?? 0);
  }
  await writeFile(join(dir, file), String(Math.min(most, Math.max(2, sum)))).catch(unless('ENOENT'));
}

/** In every tree, what the runtime made for containers in each of them included. */
async function removeTrees({ hierarchies }: CgroupMounts, names: readonly string[]): Promise<void> {
  for (const { dir } of hierarchies) await removeTree(join(dir, ...names));
}

async function removeTree(path: string): Promise<void> {
  for (const name of await folders(path)) await removeTree(join(path, name));
  await rmdir(path).catch(unless('ENOENT'));
}

/** Somebody else may have groups beside those of pods. */
const rmdirIfEmpty = (path: string) => rmdir(path).catch(unless('ENOENT', 'ENOTEMPTY', 'EBUSY'));

async function folders(path: string): Promise<readonly string[]> {
  const entries = (await readdir(path, { withFileTypes: true }).catch(unless('ENOENT'))) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Passes over the system's errors of these codes. */
function unless(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(codeOf(error))) throw error;
    return undefined;
  };
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '');

async function withWords<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (!(error instanceof Error) || code === '') throw error;
    throw new CgroupsError(code === 'EBUSY' ? 'busy' : 'failed', `${what}: ${error.message}`, { cause: error });
  }
}
