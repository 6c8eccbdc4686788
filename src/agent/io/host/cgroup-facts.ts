/** What the kernel's control groups can do here, and where they are mounted. */
import { access, constants, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CgroupFacts } from '../../ports/cgroups.ts';

/** One tree of groups. On version 1 there is one for each controller or two, on version 2 a single one. */
export type Hierarchy = { readonly dir: string; readonly controllers: ReadonlySet<string> };
export type CgroupMounts = { readonly version: 1 | 2; readonly hierarchies: readonly Hierarchy[] };

/** Trees without a controller that limits are of use only to be tidied: containers' groups are in them too. */
const limiting = ['cpu', 'memory', 'pids'] as const;

/** From mountinfo (proc_pid_mountinfo(5)). A device with both versions limits by version 1. `root` stands before each path. */
export async function cgroupMounts(root: string): Promise<CgroupMounts> {
  const found: { dir: string; type: string; options: readonly string[] }[] = [];
  for (const line of (await readFile(join(root, 'proc/self/mountinfo'), 'utf8')).split('\n')) {
    const [mount = '', filesystem = ''] = line.split(' - ');
    const [type = '', , options = ''] = filesystem.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    found.push({ dir: join(root, mount.split(' ')[4] ?? ''), type, options: options.split(',') });
  }
  const version = found.some(({ type, options }) => type === 'cgroup' && limits(options)) ? 1 : 2;
  const hierarchies = await Promise.all(
    found.map(async ({ dir, type, options }) => ({
      dir,
      controllers: new Set(
        type === 'cgroup' ? options : version === 2 ? await words(join(dir, 'cgroup.controllers')) : [],
      ),
    })),
  );
  return { version, hierarchies };
}

const limits = (controllers: readonly string[]) => limiting.some((name) => controllers.includes(name));

/** The tree in which `controller` limits. */
export function hierarchyOf({ hierarchies }: CgroupMounts, controller: string): Hierarchy | undefined {
  return hierarchies.find(({ controllers }) => controllers.has(controller));
}

export async function cgroupFacts(root: string, mounts: CgroupMounts): Promise<CgroupFacts> {
  const enabled = mounts.version === 2 ? undefined : enabledControllers(await textOf(join(root, 'proc/cgroups')));
  const has = (controller: string) =>
    hierarchyOf(mounts, controller) !== undefined && (enabled === undefined || enabled.has(controller));
  const refusal = await whyNot(mounts);
  return {
    version: mounts.version,
    memory: has('memory'),
    swap: has('memory') && (await countsSwap(mounts)),
    pids: has('pids'),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** Of /proc/cgroups (cgroups(7)): a controller may be built in and switched off by the kernel's command line. */
function enabledControllers(table: string): ReadonlySet<string> {
  const rows = table.split('\n').map((line) => line.split('\t'));
  return new Set(rows.flatMap(([name = '', , , on]) => (on === '1' ? [name] : [])));
}

/** On version 2 the root itself has no such file: its children tell. */
async function countsSwap(mounts: CgroupMounts): Promise<boolean> {
  const dir = hierarchyOf(mounts, 'memory')?.dir ?? '';
  if (mounts.version === 1) return await exists(join(dir, 'memory.memsw.limit_in_bytes'));
  const groups = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const counts = await Promise.all(groups.map(({ name }) => exists(join(dir, name, 'memory.swap.max'))));
  return counts.includes(true);
}

async function whyNot(mounts: CgroupMounts): Promise<string | undefined> {
  const hierarchy = hierarchyOf(mounts, 'cpu') ?? hierarchyOf(mounts, 'memory');
  if (hierarchy === undefined) return 'no control groups are mounted';
  try {
    await access(hierarchy.dir, constants.W_OK);
    return undefined;
  } catch (error) {
    return `${hierarchy.dir} can not be written to: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const words = async (path: string) => (await textOf(path)).trim().split(/\s+/).filter(Boolean);
const textOf = (path: string) => readFile(path, 'utf8').catch(() => '');
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
