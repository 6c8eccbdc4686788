/** Mounts of this machine, read from the kernel's table. */
import { readFile } from 'node:fs/promises';
import { run } from './run.ts';

/** Mount points at `path` or below it, those inside others first. */
export async function mountsUnder(path: string): Promise<readonly string[]> {
  return mountPoints(await readFile('/proc/self/mountinfo', 'utf8'))
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .reverse();
}

/** Mount points of a mountinfo table (proc_pid_mountinfo(5)), in the order of mounting. */
export function mountPoints(mountinfo: string): readonly string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point === undefined
      ? []
      : [point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))];
  });
}

/** Unmounts all at `path` and below it; what is still in use is detached. */
export async function unmountUnder(path: string): Promise<void> {
  for (const point of await mountsUnder(path)) await run('umount', ['-l', '--', point]);
}

/** A tmpfs at `path`, which nobody else may enter; `bytes` bounds it. */
export async function mountTmpfs(path: string, bytes: number | undefined): Promise<void> {
  const size = bytes === undefined ? [] : [`size=${Math.max(1, Math.ceil(bytes))}`];
  await run('mount', ['-t', 'tmpfs', '-o', ['mode=0755', 'nosuid', 'nodev', ...size].join(','), 'bramble', path]);
}
