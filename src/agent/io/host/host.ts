/** What the device is, read from /proc, /sys and /etc. */
import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch, hostname } from 'node:os';
import { join } from 'node:path';
import type { Amounts, Host } from '../../ports/host.ts';
import { signalNumber } from '../signals.ts';
import { addressesOf } from './host-addresses.ts';
import { boardLabel, defaultRouteInterface, memoryBytes, osName, resolverOf } from './host-files.ts';
import { goArch } from './platform.ts';

export type HostOptions = {
  /** Ephemeral storage is the file system that this folder is on. */
  readonly dataDir: string;
  /** Bramble's version. */
  readonly version: string;
  /** Most pods of this device. Default 110. */
  readonly maxPods?: number;
  /** What pods are not promised of a capacity. Default nothing. */
  readonly keep?: (capacity: Amounts) => Amounts;
  /** Extended resources that are there now, by name. Default none. */
  readonly offers?: () => Promise<Readonly<Record<string, string>>>;
  /** The device's address, where the default route does not tell it. */
  readonly address?: string;
  /** Another file system's root than /, for tests. */
  readonly root?: string;
};

/**
 * What stays as it is until the next boot is read once; all else by each call, at once: a few small files that the kernel has in
 * memory cost less than handing each to a thread. Missing files give empty fields, and no lack of anything; an unreadable
 * `dataDir` rejects.
 */
export function createHost(options: HostOptions): Host {
  const { root = '/', maxPods = 110 } = options;
  const text = (path: string) => textOf(join(root, path));
  let known: ReturnType<typeof hardwareOf> | undefined;
  const isBridge = (name: string) => existsSync(join(root, 'sys/class/net', name, 'bridge'));

  return {
    signal: (pid, signal) => {
      try {
        process.kill(pid, signalNumber(signal) ?? 'SIGTERM');
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    },
    describe: async () => {
      known ??= hardwareOf(text);
      const { cpus, memory, board, uuid, bootID, kernelVersion } = known;
      const storage = await statfs(options.dataDir);
      const storageBytes = storage.blocks * storage.bsize;
      const capacity = { milliCpu: cpus * 1000, memoryBytes: memory, storageBytes };
      const kept = options.keep?.(capacity) ?? { milliCpu: 0, memoryBytes: 0, storageBytes: 0 };
      const left = (part: keyof Amounts) => Math.max(0, capacity[part] - kept[part]);
      const offers = await options.offers?.();
      const interfaceName = defaultRouteInterface(text('proc/net/route'));
      const addresses = options.address === undefined ? addressesOf(interfaceName, isBridge) : [options.address];
      const machine = goArch(arch());
      return {
        status: {
          capacity: {
            cpu: String(cpus),
            memory: `${Math.floor(memory / 1024)}Ki`,
            'ephemeral-storage': `${Math.floor(storageBytes / 1024)}Ki`,
            pods: String(maxPods),
            ...offers,
          },
          allocatable: {
            cpu: `${left('milliCpu')}m`,
            memory: `${Math.floor(left('memoryBytes') / 1024)}Ki`,
            'ephemeral-storage': `${Math.floor(left('storageBytes') / 1024)}Ki`,
            pods: String(maxPods),
            ...offers,
          },
          addresses: [
            ...addresses.map((address) => ({ type: 'InternalIP' as const, address })),
            { type: 'Hostname' as const, address: hostname() },
          ],
          nodeInfo: {
            machineID: text('etc/machine-id').trim(),
            systemUUID: uuid,
            bootID,
            kernelVersion,
            osImage: osName(text('etc/os-release')),
            containerRuntimeVersion: '',
            kubeletVersion: options.version,
            kubeProxyVersion: '',
            operatingSystem: 'linux',
            architecture: machine,
          },
        },
        labels: {
          'kubernetes.io/arch': machine,
          'kubernetes.io/os': 'linux',
          'kubernetes.io/hostname': hostname(),
          ...(board === undefined ? {} : { 'bramble.io/board': board }),
        },
      };
    },
    hostsFile: async () => text('etc/hosts'),
    resolvConf: async () => {
      const found = resolverOf(text('etc/resolv.conf'));
      // A stub listens on the device's loopback, which is not the pod's: its real servers are elsewhere.
      if (found.servers.some((server) => !isLoopback(server))) return found;
      for (const path of behindStubs) {
        const real = resolverOf(text(path));
        if (real.servers.length > 0) return real;
      }
      return found;
    },
  };
}

/** Where the servers behind a stub are: systemd-resolved's, and NetworkManager's in front of its dnsmasq. */
const behindStubs = ['run/systemd/resolve/resolv.conf', 'run/NetworkManager/no-stub-resolv.conf'] as const;
const isLoopback = (server: string) => server.startsWith('127.') || server === '::1';

/** The device itself and its kernel. */
function hardwareOf(text: (path: string) => string) {
  const serial = text('proc/device-tree/serial-number').replaceAll('\0', '');
  return {
    cpus: (text('proc/cpuinfo').match(/^processor\s*:/gm) ?? []).length || 1,
    memory: memoryBytes(text('proc/meminfo'), 'MemTotal'),
    board: boardLabel(text('proc/device-tree/model') || text('sys/firmware/devicetree/base/model')),
    uuid: text('sys/class/dmi/id/product_uuid').trim() || serial,
    bootID: text('proc/sys/kernel/random/boot_id').trim(),
    kernelVersion: text('proc/sys/kernel/osrelease').trim(),
  };
}

/** Empty when there is no such file or it may not be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
