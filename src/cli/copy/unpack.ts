/**
 * Writes what a container's tar says below one path of here, and nowhere else, whatever the archive says: the container may
 * be hostile. No directory on the way is a link, and links are made last and only where they lead to what was copied.
 */

import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rm, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { readTar, type TarMember } from '../../common/lib/tar-read.ts';

export type UnpackOptions = {
  /** Where the member `name` goes: a path of here; what is below it goes below. */
  readonly name: string;
  readonly to: string;
  readonly preserve: boolean;
  /** Hears what is left out, and why. */
  readonly skipped: (words: string) => Promise<void>;
};

const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;

/** Resolves with the number of files. Rejects with TarError, or Node's own errors. */
export async function unpack(chunks: AsyncIterable<Uint8Array>, options: UnpackOptions): Promise<number> {
  const links: { readonly at: readonly string[]; readonly target: string }[] = [];
  const modes: { readonly path: string; readonly mode: number }[] = [];
  let files = 0;
  for await (const member of readTar(chunks)) {
    const at = below(member.path, options.name);
    if (at === undefined) await options.skipped(`${member.path}: it was not asked for`);
    else if (member.kind === 'directory') modes.push({ path: await directory(options.to, at), mode: member.mode });
    else if (member.kind === 'file') {
      await file(member, options, at);
      files += 1;
    } else if (member.kind === 'symlink') links.push({ at, target: member.target });
    else await options.skipped(`${member.path}: a ${member.kind === 'hardlink' ? 'hard link' : 'special file'}`);
  }
  for (const { at, target } of links) await link(options, at, target);
  // Last, as a directory that cannot be written into could not be filled.
  if (options.preserve) for (const { path, mode } of modes.reverse()) await chmod(path, mode & 0o777);
  return files;
}

/** The parts of a member's path below `name`; undefined for one that is elsewhere, or that leads out. */
function below(path: string, name: string): readonly string[] | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || path.includes('\0')) return undefined;
  if (name === '') return parts;
  return parts[0] === name ? parts.slice(1) : undefined;
}

/** Makes the directory and those on the way to it. Throws where one is something else. */
async function directory(root: string, at: readonly string[]): Promise<string> {
  let path = root;
  for (const part of [undefined, ...at]) {
    // The path that the person named may be a link of their own.
    const named = part === undefined;
    if (!named) path = join(path, part);
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined) await mkdir(path, { recursive: named });
    else if (!stats.isDirectory() && !(named && stats.isSymbolicLink()))
      throw new Error(`${path} is there and is no directory`);
  }
  return path;
}

async function place(root: string, at: readonly string[]): Promise<string> {
  const last = at.at(-1);
  if (last === undefined) {
    await mkdir(dirname(root), { recursive: true });
    return root;
  }
  return join(await directory(root, at.slice(0, -1)), last);
}

async function file(member: TarMember, { to, preserve }: UnpackOptions, at: readonly string[]): Promise<void> {
  const path = await place(to, at);
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSymbolicLink() && at.length > 0) await rm(path);
  const mode = preserve ? member.mode & 0o777 : 0o666;
  const handle = await open(path, O_WRONLY | O_CREAT | O_TRUNC | (at.length > 0 ? O_NOFOLLOW : 0), mode);
  try {
    for await (const piece of member.content) await handle.writeFile(piece);
    if (preserve) await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

async function link({ to, skipped }: UnpackOptions, at: readonly string[], target: string): Promise<void> {
  const leadsOut = posix.isAbsolute(target) || leads(target) > at.length - 1;
  if (leadsOut)
    return await skipped(`${at.join('/') || to}: a link to ${JSON.stringify(target)}, out of what is copied`);
  const path = await place(to, at);
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSymbolicLink() || stats?.isFile()) await rm(path);
  await symlink(target, path);
}

/** How far up a relative path leads; one that goes down first could lead anywhere, through another link. */
function leads(target: string): number {
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const down = parts.findIndex((part) => part !== '..');
  const up = down < 0 ? parts.length : down;
  return parts.includes('..', up) ? Number.POSITIVE_INFINITY : up;
}
