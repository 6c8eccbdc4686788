/** A device on which little is left to pods: for tests and benches of eviction, with pods that use it up. */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { memoryBytes } from '../../src/agent/io/host/host-files.ts';
import type { FieldDevice } from './field-device.ts';

const MIB = 2 ** 20;

/** Flags of the agent that leave pods so many mebibytes. */
export function memoryForPods(mib: number): readonly string[] {
  const capacity = memoryBytes(readFileSync('/proc/meminfo', 'utf8'), 'MemTotal');
  return [`--kube-reserved=cpu=100m,memory=${Math.floor(capacity / MIB - mib)}Mi`];
}

/**
 * Gives the device a file system of its own for its data, before its agent starts. It goes with the device, whose file it is;
 * the loop device goes with the mount.
 */
export function smallDisk(dataDir: string, mib: number, inodes?: number): void {
  const file = `${dataDir}.ext4`;
  mkdirSync(dataDir, { recursive: true });
  closeSync(openSync(file, 'w'));
  truncateSync(file, mib * MIB);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', ...(inodes === undefined ? [] : ['-N', String(inodes)]), file]);
  execFileSync('mount', ['-o', 'loop', file, dataDir]);
}

/** Removes it, once the device has stopped. */
export function removeSmallDisk({ dataDir }: Pick<FieldDevice, 'dataDir'>): void {
  rmSync(`${dataDir}.ext4`, { force: true });
}

type More = {
  readonly resources?: unknown;
  readonly priorityClassName?: string;
  readonly volumes?: readonly unknown[];
  readonly mounts?: readonly unknown[];
};

/** A pod of busybox with one container `app` that runs a command. */
export function podOf(name: string, command: string, more: More = {}): string {
  const { volumes = [], mounts = [], resources = {}, priorityClassName } = more;
  const app = { name: 'app', image: 'bramble.local/busybox:1', command: ['sh', '-c', command], resources };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 30,
      ...(priorityClassName === undefined ? {} : { priorityClassName }),
      containers: [{ ...app, volumeMounts: mounts }],
      volumes,
    },
  });
}

export const idle = 'sleep 100000';
/** Takes memory at about so many mebibytes a second. */
export const eatMemory = (mib: number) =>
  `(while :; do dd if=/dev/zero bs=${Math.round(mib / 10)}M count=1 2>/dev/null; sleep 0.1; done) | tail -c 4000000000`;
/** Fills a volume at about so many mebibytes a second, up to `most`. */
export const fillDisk = (mib: number, most = 100_000) =>
  `i=0; while [ $i -lt ${most} ]; do dd if=/dev/zero of=/fill/$i bs=1M count=${Math.round(mib / 10)} 2>/dev/null; ` +
  `i=$((i + 1)); sleep 0.1; done; ${idle}`;
export const onDisk = { volumes: [{ name: 'fill', emptyDir: {} }], mounts: [{ name: 'fill', mountPath: '/fill' }] };

/** How often the kernel has killed something for want of memory. */
export function oomKills(): number {
  return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0);
}

/** The socket of the device's runtime. */
export const runtimeSocket = ({ runDir }: Pick<FieldDevice, 'runDir'>) => join(runDir, 'containerd', 'containerd.sock');
