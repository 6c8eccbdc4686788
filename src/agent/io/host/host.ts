/** What the device is, read from /proc, /sys and /etc. */
import { existsSync } from 'node:fs';
import { readFile, realpath, statfs } from 'node:fs/promises';
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

/** Nothing is kept: each call reads again. Missing files give empty fields, and no lack of anything; an unreadable `dataDir` rejects. */
export function createHost(options: HostOptions): Host {
  const { root = '/', maxPods = 110 } = options;
  const text = (path: string) => textOf(join(root, path));
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
      const cpus = ((await text('proc/cpuinfo')).match(/^processor\s*:/gm) ?? []).length || 1;
      const memory = memoryBytes(await text('proc/meminfo'), 'MemTotal');
      const storage = await statfs(options.dataDir);
      const storageBytes = storage.blocks * storage.bsize;
      const capacity = { milliCpu: cpus * 1000, memoryBytes: memory, storageBytes };
      const kept = options.keep?.(capacity) ?? { milliCpu: 0, memoryBytes: 0, storageBytes: 0 };
      const left = (part: keyof Amounts) => Math.max(0, capacity[part] - kept[part]);
      const offers = await options.offers?.();
      const interfaceName = defaultRouteInterface(await text('proc/net/route'));
      const addresses = options.address === undefined ? addressesOf(interfaceName, isBridge) : [options.address];
      const machine = goArch(arch());
      const board = boardLabel(
        (await text('proc/device-tree/model')) || (await text('sys/firmware/devicetree/base/model')),
      );
      const serial = (await text('proc/device-tree/serial-number')).replaceAll('\0', '');
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
            machineID: (await text('etc/machine-id')).trim(),
            systemUUID: (await text('sys/class/dmi/id/product_uuid')).trim() || serial,
            bootID: (await text('proc/sys/kernel/random/boot_id')).trim(),
            kernelVersion: (await text('proc/sys/kernel/osrelease')).trim(),
            osImage: osName(await text('etc/os-release')),
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
    hostsFile: () => text('etc/hosts'),
    resolvConf: async () => {
      const found = resolverOf(await text('etc/resolv.conf'));
      // A stub listens on the device's loopback, which is not the pod's: its real servers are elsewhere.
      if (found.servers.some((server) => !isLoopback(server))) return found;
      for (const path of behindStubs) {
        const real = resolverOf(await text(path));
        if (real.servers.length > 0) return real;
      }
      return found;
    },
  };
}

/** Where the servers behind a stub are: systemd-resolved's, and NetworkManager's in front of its dnsmasq. */
const behindStubs = ['run/systemd/resolve/resolv.conf', 'run/NetworkManager/no-stub-resolv.conf'] as const;
const isLoopback = (server: string) => server.startsWith('127.') || server === '::1';

/** Empty when there is no such file or it may not be read. */
async function textOf(path: string): Promise<string> {
  return await realpath(path).then(
    (real) => readFile(real, 'utf8').catch(() => ''),
    () => '',
  );
}
