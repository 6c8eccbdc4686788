/** What the kernel that runs tells of itself, below /proc, /sys and /lib/modules. */

import type { KernelFacts, ModuleState } from '../../ports/doctor.ts';
import type { DeviceFiles } from './device-files.ts';

const CGROUPS = '/sys/fs/cgroup';

/** Undefined for the files of a device that does not run. */
export async function kernelFacts(files: DeviceFiles): Promise<KernelFacts | undefined> {
  const release = (await files.text('/proc/sys/kernel/osrelease'))?.trim();
  if (release === undefined) return undefined;
  const text = async (path: string) => (await files.text(path)) ?? '';
  return {
    release,
    commandLine: (await text('/proc/cmdline')).trim(),
    cpuInfo: await text('/proc/cpuinfo'),
    pageSizeBytes: pageSizeIn(await text('/proc/self/smaps')),
    memoryCgroup: await memoryCgroup(files),
    swapAccounting: await swapAccounting(files),
    swap: (await text('/proc/swaps')).trim().split('\n').length > 1,
    rootReadOnly: isReadOnly(await text('/proc/mounts')),
    installed: await files.names('/lib/modules'),
  };
}

function pageSizeIn(smaps: string): number | undefined {
  const kib = /^KernelPageSize:\s*(\d+) kB/m.exec(smaps)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** Options of the last mount on /. */
function isReadOnly(mounts: string): boolean {
  const options = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .findLast((columns) => columns[1] === '/')?.[3];
  return options?.split(',').includes('ro') ?? false;
}

async function memoryCgroup(files: DeviceFiles): Promise<boolean | undefined> {
  const controllers = await files.text(`${CGROUPS}/cgroup.controllers`);
  if (controllers !== undefined) return controllers.trim().split(' ').includes('memory');
  const line = /^memory\s+\d+\s+\d+\s+(\d)/m.exec((await files.text('/proc/cgroups')) ?? '');
  if (line !== null) return line[1] === '1';
  return (await files.exists('/proc/cgroups')) ? false : undefined;
}

/** Undefined where no group tells. */
async function swapAccounting(files: DeviceFiles): Promise<boolean | undefined> {
  if (await files.exists(`${CGROUPS}/memory/memory.limit_in_bytes`))
    return await files.exists(`${CGROUPS}/memory/memory.memsw.limit_in_bytes`);
  for (const name of await files.names(CGROUPS)) {
    if (await files.exists(`${CGROUPS}/${name}/memory.max`))
      return await files.exists(`${CGROUPS}/${name}/memory.swap.max`);
  }
  return undefined;
}

/** Where each module is. On a device that does not run, any of its kernels counts. */
export async function moduleStates(
  files: DeviceFiles,
  names: readonly string[],
  release: string | undefined,
): Promise<Readonly<Record<string, ModuleState>>> {
  const installed = await files.names('/lib/modules');
  const releases = release === undefined ? installed : [release];
  const listed = async (file: string): Promise<ReadonlySet<string>> => {
    const texts = await Promise.all(releases.map((one) => files.text(`/lib/modules/${one}/${file}`)));
    return new Set(texts.flatMap((text) => (text ?? '').split('\n')).map(moduleOf));
  };
  const [builtin, loadable] = [await listed('modules.builtin'), await listed('modules.dep')];
  const loaded = new Set(
    ((await files.text('/proc/modules')) ?? '').split('\n').map((line) => line.split(' ')[0] ?? ''),
  );
  const fileSystems = ((await files.text('/proc/filesystems')) ?? '').split('\n').map((line) => line.split('\t')[1]);
  const states = names.map(async (name): Promise<[string, ModuleState]> => {
    if (builtin.has(name)) return [name, 'builtin'];
    if (release !== undefined) {
      if (loaded.has(name) || fileSystems.includes(name) || (await files.exists(`/sys/module/${name}`)))
        return [name, 'loaded'];
    }
    if (loadable.has(name)) return [name, 'loadable'];
    // A kernel without a folder of modules may have everything built in.
    return [name, installed.length === 0 ? 'unknown' : 'missing'];
  });
  return Object.fromEntries(await Promise.all(states));
}

/** `kernel/net/bridge/br_netfilter.ko.xz: kernel/…` ⇒ `br_netfilter` */
function moduleOf(line: string): string {
  const file = line.split(':')[0] ?? '';
  return file
    .slice(file.lastIndexOf('/') + 1)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
