/** The device that the doctor looks at: this one, or the files of another one below a folder. */

import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import * as z from 'zod';
import { realClock } from '../../../common/actor/clock.ts';
import { fromTimestamp, type Millis } from '../../../common/lib/time.ts';
import { createApiClient } from '../../../common/wire/api-client.ts';
import { ApiError, StatusError } from '../../../common/wire/api-errors.ts';
import type {
  CniFacts,
  DeviceFacts,
  DiskFacts,
  OtherNode,
  Patient,
  RuntimeFacts,
  TextFile,
} from '../../ports/doctor.ts';
import { type DeviceFiles, deviceFiles } from './device-files.ts';
import { kernelFacts, moduleStates } from './kernel-facts.ts';
import { askNats } from './nats-facts.ts';
import { repair } from './repair.ts';
import { askRuntime } from './runtime-facts.ts';

export type PatientOptions = {
  /** `/`, or where another device's files are. */
  readonly root: string;
  readonly node: string;
  readonly dataDir: string;
  readonly servers: readonly string[];
  readonly creds: string | undefined;
  /** Path of the runtime's socket, and of the one that an agent has which owns its runtime, as in `bramble up`. */
  readonly socket: string;
  readonly ownSocket: string;
  readonly ownRuntime: boolean;
  readonly shutdownGraceSeconds: number;
  /** What has to be there, and where it is configured. */
  readonly modules: readonly string[];
  readonly sysctls: readonly string[];
  readonly ownFiles: { readonly modules: string; readonly sysctls: string };
};

/** Of the first Raspberry Pi OS that Bramble runs on. */
const EARLIEST = '2023-10-10T00:00:00Z';
const API_LIMIT: Millis = 4_000;
const nodeFields = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({ nodeInfo: z.object({ machineID: z.string() }) }),
});

export function createPatient(options: PatientOptions): Patient {
  const files = deviceFiles(options.root);
  return {
    facts: () => factsOf(files, options),
    repair: (repairs) => repair(files, repairs),
  };
}

async function factsOf(files: DeviceFiles, options: PatientOptions): Promise<DeviceFacts> {
  const kernel = await kernelFacts(files);
  const live = kernel !== undefined;
  const runtime = await whichRuntime(files, options);
  const now = realClock.wall();
  let nodes: readonly OtherNode[] | undefined;
  const use = async (connection: NatsConnection) => {
    nodes = await otherNodes(connection);
  };
  // A server that is asked tells of the cluster; each of them is as good.
  const asked = live ? options.servers : [];
  const nats = asked.map(async (server) => ({ server, answer: await askNats(server, options.creds, now, use) }));
  const { modules, sysctls } = options.ownFiles;
  return {
    node: options.node,
    kernel,
    cmdline: await cmdlineOf(files),
    machineId: await files.text('/etc/machine-id'),
    now,
    past: await pastTime(files),
    disk: await diskOf(files, options.dataDir),
    modules: await moduleStates(files, options.modules, kernel?.release),
    modulesAtBoot: await configured(files, ['/etc/modules'], '/etc/modules-load.d', (line) => [[line, '']]),
    sysctls: await sysctlsOf(files, options.sysctls),
    own: { modules: await files.text(modules), sysctls: await files.text(sysctls) },
    cni: await cniOf(files, runtime.own),
    runtime: live ? await runtimeOf(files, runtime) : undefined,
    nats: await Promise.all(nats),
    inhibitDelaySeconds: live ? await inhibitDelay(files) : undefined,
    shutdownGraceSeconds: options.shutdownGraceSeconds,
    nodes,
  };
}

/** Undefined when no master answers. */
async function otherNodes(connection: NatsConnection): Promise<readonly OtherNode[] | undefined> {
  try {
    const { items } = await createApiClient(connection, { timeoutMs: API_LIMIT }).list('nodes');
    return items.flatMap((item) => {
      const node = nodeFields.safeParse(item);
      if (!node.success) return [];
      const { metadata, status } = node.data;
      return [{ name: metadata.name, machineID: status.nodeInfo.machineID }];
    });
  } catch (error) {
    if (error instanceof ApiError || error instanceof StatusError) return undefined;
    throw error;
  }
}

/** Since Debian 12 the firmware's files are in /boot/firmware; what is left in /boot only says so. */
async function cmdlineOf(files: DeviceFiles): Promise<TextFile | undefined> {
  const places = ['/boot/firmware/cmdline.txt', '/boot/cmdline.txt', ...(files.root === '/' ? [] : ['/cmdline.txt'])];
  for (const path of places) {
    const text = await files.text(path);
    if (text !== undefined && !/DO NOT EDIT/i.test(text)) return { path, text };
  }
  return undefined;
}

/** The latest time that this device is known to have seen. */
async function pastTime(files: DeviceFiles): Promise<Millis> {
  const fake = fromTimestamp(`${((await files.text('/etc/fake-hwclock.data')) ?? '').trim().replace(' ', 'T')}Z`) ?? 0;
  const synced = await files.changedAt('/var/lib/systemd/timesync/clock');
  return Math.max(fromTimestamp(EARLIEST) ?? 0, fake, synced);
}

/** Of the folder, or of the nearest above it that there is. */
async function diskOf(files: DeviceFiles, path: string): Promise<DiskFacts | undefined> {
  let there = path;
  while (there !== '/' && !(await files.exists(there))) there = dirname(there);
  const found = await statfs(files.at(there)).catch(() => undefined);
  if (found === undefined) return undefined;
  const { bavail, blocks, bsize, files: inodes, ffree } = found;
  const inodesFreeRatio = inodes === 0 ? 1 : ffree / inodes;
  return { path: there, availableBytes: bavail * bsize, sizeBytes: blocks * bsize, inodesFreeRatio };
}

/** Lines of files of which those of a folder end with .conf; comments are left out. */
async function configured<T>(
  files: DeviceFiles,
  single: readonly string[],
  folder: string,
  read: (line: string) => readonly [string, T][],
): Promise<readonly string[]> {
  return [...(await settings(files, single, folder, read)).keys()];
}

async function settings<T>(
  files: DeviceFiles,
  single: readonly string[],
  folder: string,
  read: (line: string) => readonly [string, T][],
): Promise<ReadonlyMap<string, T>> {
  const names = (await files.names(folder)).filter((name) => name.endsWith('.conf')).sort();
  const texts = await Promise.all(
    [...single, ...names.map((name) => join(folder, name))].map((path) => files.text(path)),
  );
  const lines = texts.flatMap((text) => (text ?? '').split('\n')).map((line) => line.replace(/[#;].*/, '').trim());
  return new Map(lines.filter((line) => line !== '').flatMap(read));
}

async function sysctlsOf(files: DeviceFiles, names: readonly string[]): Promise<DeviceFacts['sysctls']> {
  const atBoot = await settings(files, ['/etc/sysctl.conf'], '/etc/sysctl.d', (line) => {
    const [name = '', value = ''] = line.split('=').map((part) => part.trim());
    return [[name.replaceAll('/', '.'), value]];
  });
  const found = names.map(async (name) => {
    const value = (await files.text(`/proc/sys/${name.replaceAll('.', '/')}`))?.trim();
    return [name, { value, atBoot: atBoot.get(name) }] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** Where containerd's configuration says; its own defaults otherwise. */
async function cniOf(files: DeviceFiles, own: boolean): Promise<CniFacts> {
  const toml = (await files.text('/etc/containerd/config.toml')) ?? '';
  const said = (key: string) => new RegExp(`^\\s*${key}\\s*=\\s*["']([^"']+)["']`, 'm').exec(toml)?.[1];
  const binDir = own ? '/usr/lib/cni' : (said('bin_dir') ?? '/opt/cni/bin');
  const confDir = own ? undefined : (said('conf_dir') ?? '/etc/cni/net.d');
  const networks = confDir === undefined ? [] : await files.names(confDir);
  return {
    ...{ binDir, plugins: await files.names(binDir), confDir },
    networks: networks.filter((name) => /\.(conf|conflist|json)$/.test(name)),
  };
}

type Which = { readonly own: boolean; readonly socket: string };

/** Without any settings a device whose only runtime is one of Bramble's own is one of `bramble up`. */
async function whichRuntime(files: DeviceFiles, { ownRuntime, ownSocket, socket }: PatientOptions): Promise<Which> {
  const own = ownRuntime || (!(await files.exists(socket)) && (await files.exists(ownSocket)));
  return { own, socket: own ? ownSocket : socket };
}

async function runtimeOf(files: DeviceFiles, { own, socket }: Which): Promise<RuntimeFacts> {
  if (!own) return await askRuntime(files.at(socket), socket);
  const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const found = await Promise.all(folders.map((folder) => files.exists(`${folder}/containerd`)));
  if (!found.includes(true)) return { endpoint: socket, answer: { is: 'not-installed' } };
  // The agent starts it: before that there is none.
  return (await files.exists(socket))
    ? await askRuntime(files.at(socket), socket)
    : { endpoint: socket, answer: { is: 'ready', version: '' } };
}

/** InhibitDelayMaxSec of logind.conf(5), 5 s where nothing says otherwise; undefined without logind. */
async function inhibitDelay(files: DeviceFiles): Promise<number | undefined> {
  if (!(await files.exists('/run/systemd/seats'))) return undefined;
  const folders = ['/usr/lib/systemd/logind.conf.d', '/etc/systemd/logind.conf.d', '/run/systemd/logind.conf.d'];
  let seconds = 5;
  for (const folder of folders) {
    const said = await settings(
      files,
      folder.startsWith('/etc') ? ['/etc/systemd/logind.conf'] : [],
      folder,
      (line) => {
        const value = /^InhibitDelayMaxSec\s*=\s*(\d+)\s*(s|sec|min|m)?$/.exec(line);
        return value === null ? [] : [['seconds', Number(value[1]) * (value[2]?.startsWith('m') ? 60 : 1)]];
      },
    );
    seconds = said.get('seconds') ?? seconds;
  }
  return seconds;
}
