/**
 * Writes a set of files so that a reader sees the old set or the new one, never a mixture: as Kubernetes' AtomicWriter.
 * The files live in a hidden folder; `..data` links to it and is swapped by a rename; `name` links to `..data/name`.
 */
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { VolumeFile } from '../../ports/pod-files.ts';
import { volumePathParts } from './pod-paths.ts';

const DATA = '..data';

/** Makes `dir` hold exactly `files`; content that is there already is not written again. What an earlier call left is finished. */
export async function writeAtomically(
  dir: string,
  files: readonly VolumeFile[],
  fsGroup: number | undefined,
): Promise<void> {
  const tops = new Set(files.map(({ path }) => volumePathParts(path)[0] ?? ''));
  let current = await readlink(join(dir, DATA)).catch(() => undefined);
  if (current === undefined || !(await holds(join(dir, current), files, fsGroup))) {
    current = await writeSet(dir, files, fsGroup);
    await link(dir, DATA, current);
  }
  for (const top of tops) {
    const wanted = join(DATA, top);
    if ((await readlink(join(dir, top)).catch(() => undefined)) !== wanted) await link(dir, top, wanted);
  }
  for (const name of await readdir(dir)) {
    const kept = name === DATA || name === current || tops.has(name);
    if (!kept) await rm(join(dir, name), { recursive: true, force: true });
  }
}

/** Answers with the name of the folder in `dir` that holds the set. */
async function writeSet(dir: string, files: readonly VolumeFile[], fsGroup: number | undefined): Promise<string> {
  const fresh = await mkdtemp(join(dir, '..v-'));
  try {
    await own(fresh, fsGroup);
    await chmod(fresh, folderMode(fsGroup));
    for (const file of files) await writeOne(fresh, file, fsGroup);
  } catch (error) {
    // Half a set is of no use, and on a full disk the next try needs its place.
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
  return basename(fresh);
}

async function writeOne(root: string, file: VolumeFile, fsGroup: number | undefined): Promise<void> {
  const parts = volumePathParts(file.path);
  const path = join(root, ...parts);
  await makeFolders(root, parts.slice(0, -1), fsGroup);
  await writeFile(path, file.content);
  await own(path, fsGroup);
  await chmod(path, modeOf(file, fsGroup));
}

/** Each with the modes of the volume's own, whatever the umask of the process. */
async function makeFolders(root: string, parts: readonly string[], fsGroup: number | undefined): Promise<void> {
  for (const [i] of parts.entries()) {
    const folder = join(root, ...parts.slice(0, i + 1));
    await mkdir(folder, { recursive: true });
    await own(folder, fsGroup);
    await chmod(folder, folderMode(fsGroup));
  }
}

const folderMode = (fsGroup: number | undefined) => (fsGroup === undefined ? 0o755 : 0o2755);

/** A link that replaces one of its name at once; or a folder, as it is made for a subPath before there is such a file. */
async function link(dir: string, name: string, target: string): Promise<void> {
  const [temporary, path] = [join(dir, '..link'), join(dir, name)];
  await rm(temporary, { recursive: true, force: true });
  await symlink(target, temporary);
  const there = await lstat(path).catch(() => undefined);
  if (there?.isDirectory()) await rm(path, { recursive: true });
  await rename(temporary, path);
}

async function holds(root: string, files: readonly VolumeFile[], fsGroup: number | undefined): Promise<boolean> {
  const there = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  if (there.filter((entry) => !entry.isDirectory()).length !== files.length) return false;
  const same = await Promise.all(
    files.map((file) => isWritten(join(root, ...volumePathParts(file.path)), file, fsGroup)),
  );
  return same.every(Boolean);
}

async function isWritten(path: string, file: VolumeFile, fsGroup: number | undefined): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size !== file.content.length) return false;
  if ((stats.mode & 0o7777) !== modeOf(file, fsGroup) || stats.gid !== (fsGroup ?? stats.gid)) return false;
  return (await readFile(path)).equals(file.content);
}

/** The group that pods share may read. */
function modeOf(file: VolumeFile, fsGroup: number | undefined): number {
  return (file.mode & 0o777) | (fsGroup === undefined ? 0 : 0o440);
}

async function own(path: string, fsGroup: number | undefined): Promise<void> {
  if (fsGroup !== undefined) await chown(path, 0, fsGroup);
}
