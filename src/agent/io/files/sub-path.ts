/**
 * A part of a volume, bound to a place that only the agent can change. A pod may put links into its volumes and swap them at
 * any moment, so every component is opened without following links, from the folder that was opened before it, and it is the
 * opened file that is bound, not its path: as Kubernetes does it (CVE-2017-1002101, CVE-2021-25741).
 */
import { constants, type Stats } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, realpath, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { PodFilesError } from '../../ports/pod-files.ts';
import { run } from '../run.ts';
import { isMountPoint, unmount } from './mounts.ts';

/** open(2)'s O_PATH on every architecture that Node runs on: names a file without reading it, pipes and sockets too. */
const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * Binds what is at `path` in the folder `root` to `target`, which is made; a target that shows it already is left alone. What
 * is missing in `root` is made as folders with its mode. Links inside `root` are followed as long as they stay there.
 */
export async function bindInside(root: string, path: string, target: string): Promise<void> {
  const parts = partsOf(path);
  const base = await realpath(root);
  const { resolved, missing } = await resolveIn(base, parts);
  const handle = await openInside(base, resolved, missing);
  try {
    await bind(handle, target);
  } finally {
    await handle.close();
  }
}

function partsOf(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/')) throw new PodFilesError(`subPath ${path} must not be an absolute path`);
  if (parts.includes('..')) throw new PodFilesError(`subPath ${path} must not contain '..'`);
  return parts;
}

/** How far the path exists: what that is without links, in parts below `base`, and the parts that do not exist. */
async function resolveIn(base: string, parts: readonly string[]) {
  for (let length = parts.length; ; length -= 1) {
    const real = await realpath(join(base, ...parts.slice(0, length))).catch((error: unknown) => {
      if (length > 0 && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (real === undefined) continue;
    const resolved = relative(base, real);
    if (resolved === '..' || resolved.startsWith('../')) {
      throw new PodFilesError(`subPath ${parts.join('/')} leads out of its volume`);
    }
    return { resolved: resolved.split('/').filter((part) => part !== ''), missing: parts.slice(length) };
  }
}

async function openInside(base: string, resolved: readonly string[], missing: readonly string[]): Promise<FileHandle> {
  let at = await open(base, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  const { mode } = await at.stat();
  for (const [i, part] of [...resolved, ...missing].entries()) {
    const parent = at;
    try {
      const child = join(pathOf(parent), part);
      if (i >= resolved.length) await makeFolder(child, mode & 0o7777);
      at = await open(child, O_PATH | O_NOFOLLOW);
    } finally {
      await parent.close();
    }
    if ((await at.stat()).isSymbolicLink()) {
      await at.close();
      throw new PodFilesError(
        `subPath ${[...resolved, ...missing].join('/')}: ${part} is a link that was just put there`,
      );
    }
  }
  return at;
}

/** The mode is set apart from the making, because the process' umask takes from that. */
async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  const made = await open(path, constants.O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await made.chmod(mode);
  } finally {
    await made.close();
  }
}

/** Leads to the opened file itself, whatever happens to its path. Of this process, so that its children can use it too. */
const pathOf = (handle: FileHandle) => `/proc/${process.pid}/fd/${handle.fd}`;

async function bind(handle: FileHandle, target: string): Promise<void> {
  const wanted = await handle.stat();
  if (await isMountPoint(target)) {
    if (isSame(await stat(target), wanted)) return;
    await unmount(target);
  }
  await makeTarget(target, wanted.isDirectory());
  await run('mount', ['--no-canonicalize', '--bind', pathOf(handle), target]);
}

const isSame = (one: Stats, other: Stats) => one.dev === other.dev && one.ino === other.ino;

async function makeTarget(target: string, folder: boolean): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  const there = await lstat(target).catch(() => undefined);
  if (there !== undefined && there.isDirectory() !== folder) await (folder ? unlink(target) : rmdir(target));
  if (folder) await mkdir(target, { recursive: true });
  else await writeFile(target, '');
  await chmod(target, folder ? 0o750 : 0o640);
}
