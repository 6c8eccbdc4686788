/** How much of its file system a folder takes, as du(1) counts: blocks, a file of several names once, no other file systems, no links followed. */
import { lstatSync, opendirSync, type Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FsUsage } from '../../ports/usage.ts';

const BLOCK = 512;
/** A folder with more entries is counted so far: a walk must come to an end. */
const MOST = 200_000;

/** A folder of at most so many entries is read at once: handing each to a thread takes ten times as long as reading it. */
const SMALL = 24;

/** Undefined when it is not there. What is removed meanwhile counts as far as it was seen. */
export async function diskUsage(path: string, most = MOST): Promise<FsUsage | undefined> {
  const top = statOf(path);
  if (top === undefined) return undefined;
  const small = count(top);
  if (walkAtOnce(path, small, Math.min(SMALL, most))) return small.usage();
  const all = count(top);
  let seen = 0;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const [child, found] of entriesOf(folder)) {
      seen += 1;
      if (seen > most) return all.usage();
      if (all.add(found) && found.isDirectory()) folders.push(child);
    }
  }
  return all.usage();
}

type Count = {
  /** False for what is on another file system, or was counted under another name. */
  add(found: Stats): boolean;
  usage(): FsUsage;
  readonly isFolder: boolean;
};

function count(top: Stats): Count {
  let [usedBytes, inodesUsed] = [top.blocks * BLOCK, 1];
  const linked = new Set<number>();
  return {
    isFolder: top.isDirectory(),
    usage: () => ({ usedBytes, inodesUsed }),
    add(found) {
      if (found.dev !== top.dev || linked.has(found.ino)) return false;
      if (!found.isDirectory() && found.nlink > 1) linked.add(found.ino);
      usedBytes += found.blocks * BLOCK;
      inodesUsed += 1;
      return true;
    },
  };
}

/** False when there are more entries than that: then what was counted is not all. */
function walkAtOnce(path: string, to: Count, most: number): boolean {
  const folders = to.isFolder ? [path] : [];
  let left = most;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of namesIn(folder, left + 1)) {
      left -= 1;
      if (left < 0) return false;
      const child = join(folder, name);
      const found = statOf(child);
      if (found !== undefined && to.add(found) && found.isDirectory()) folders.push(child);
    }
  }
  return true;
}

/** The first names in a folder; nothing in one that is gone. */
function namesIn(folder: string, most: number): readonly string[] {
  const found = orGone(() => {
    const dir = opendirSync(folder, { bufferSize: SMALL + 1 });
    const names: string[] = [];
    try {
      for (let entry = dir.readSync(); entry !== null && names.length < most; entry = dir.readSync()) {
        names.push(entry.name);
      }
    } finally {
      dir.closeSync();
    }
    return names;
  });
  return found ?? [];
}

/** Of what stands there itself, not of what a link leads to; undefined when it is gone. */
export const statOf = (path: string): Stats | undefined => orGone(() => lstatSync(path));

/** Undefined when what is looked at is gone, or can not be read. */
export function orGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    return gone(error);
  }
}

async function* entriesOf(folder: string): AsyncGenerator<readonly [path: string, found: Stats]> {
  const entries = await opendir(folder).catch(gone);
  if (entries === undefined) return;
  for await (const { name } of entries) {
    const path = join(folder, name);
    const found = await lstat(path).catch(gone);
    if (found !== undefined) yield [path, found];
  }
}

function gone(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'EIO') return undefined;
  throw error;
}
