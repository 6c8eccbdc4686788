/** Mounts of this machine, read from the kernel's table. */
import { readFile, realpath } from 'node:fs/promises';
import { run } from '../run.ts';

/** Mount points at `path` or below it, those inside others first. */
export async function mountsUnder(path: string): Promise<readonly string[]> {
  // The table has paths without links.
  const real = await realpath(path).catch(() => path);
  return mountPoints(await readFile('/proc/self/mountinfo', 'utf8'))
    .filter((point) => point === real || point.startsWith(`${real}/`))
    .reverse();
}

export async function isMountPoint(path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => path);
  return mountPoints(await readFile('/proc/self/mountinfo', 'utf8')).includes(real);
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

/** Unmounts all at `path` and below it; rejects with RunError at the first that is in use, which stays as it is. */
export async function unmountUnder(path: string): Promise<void> {
  for (const point of await mountsUnder(path)) await unmount(point);
}

/** Takes all mounts at `path` and below it out of sight at once; what is in use goes when it is not any more. */
export async function detachUnder(path: string): Promise<void> {
  for (const point of await mountsUnder(path)) await run('umount', ['-l', '--', point]);
}

/** Unmounts one. Not lazily: what is still in use would live on where nobody sees it. */
export async function unmount(point: string): Promise<void> {
  await run('umount', ['--', point]);
}

/** A tmpfs at `path`, which the kernel may not swap to the disk where it can promise that (Linux 6.4); `bytes` bounds it. */
export async function mountTmpfs(path: string, bytes: number): Promise<void> {
  const options = ['mode=0755', 'nosuid', 'nodev', `size=${Math.max(1, Math.ceil(bytes))}`];
  const mount = (...more: string[]) =>
    run('mount', ['-t', 'tmpfs', '-o', [...options, ...more].join(','), 'bramble', path]);
  await mount('noswap').catch(() => mount());
}
