/** When a container's process has started or ended, from outside of the runtime: it says its start in a shared folder. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';

export type Marks = {
  /** A pod whose process leaves a mark when it starts, and ends at once on SIGTERM. */
  pod(name: string): object;
  /** Resolves with the time at which the mark was there, and takes it away. */
  started(name: string): Promise<number>;
  /** The process of the pod's container, as this machine sees it. */
  pid(name: string): number;
  close(): void;
};

const LIMIT = 60_000;
const LOOK_EVERY = 2;

/** `dir` is made; it must be visible on the device. */
export function createMarks(dir: string): Marks {
  mkdirSync(dir, { recursive: true });
  const waiting = new Map<string, () => void>();
  const watcher = watch(dir, (_, file) => waiting.get(String(file))?.());
  return {
    pod: (name) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'bramble.local/busybox:1',
            command: [
              '/bin/sh',
              '-c',
              `trap 'exit 0' TERM; : ${dir}/${name}; : > /marks/${name}; sleep 1000000 & wait`,
            ],
            volumeMounts: [{ name: 'marks', mountPath: '/marks' }],
          },
        ],
        volumes: [{ name: 'marks', hostPath: { path: dir, type: 'Directory' } }],
      },
    }),
    started: (name) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${name} did not start`)), LIMIT);
        const look = (): void => {
          if (!existsSync(join(dir, name))) return;
          const at = performance.now();
          clearTimeout(late);
          waiting.delete(name);
          rmSync(join(dir, name));
          resolve(at);
        };
        waiting.set(name, look);
        look();
      }),
    pid: (name) => {
      const found = readdirSync('/proc').find(
        (pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`: ${dir}/${name};`),
      );
      if (found === undefined) throw new Error(`no process of ${name}`);
      return Number(found);
    },
    close: () => watcher.close(),
  };
}

/** Resolves with the time at which the process was seen to be gone. */
export async function ended(pid: number): Promise<number> {
  const limit = performance.now() + LIMIT;
  while (existsSync(`/proc/${pid}`) && !commandGone(pid)) {
    if (performance.now() > limit) throw new Error(`process ${pid} did not end`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
  return performance.now();
}

/** What has ended and was not waited for yet has no command line. */
const commandGone = (pid: number): boolean => commandOf(String(pid)) === '';

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended between the listing and the reading
  }
}
