/** How much of its file system a folder takes, as du(1) counts: blocks, a file of several names once, no other file systems, no links followed. */
import type { Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FsUsage } from '../../ports/usage.ts';

const BLOCK = 512;
/** A folder with more entries is counted so far: a walk must come to an end. */
const MOST = 200_000;

/** Undefined when it is not there. What is removed meanwhile counts as far as it was seen. */
export async function diskUsage(path: string, most = MOST): Promise<FsUsage | undefined> {
  const top = await lstat(path).catch(gone);
  if (top === undefined) return undefined;
  let [usedBytes, inodesUsed, seen] = [top.blocks * BLOCK, 1, 0];
  const linked = new Set<number>();
  const folders = top.isDirectory() ? [path] : [];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const [child, found] of entriesOf(folder)) {
      seen += 1;
      if (seen > most) return { usedBytes, inodesUsed };
      if (found.dev !== top.dev || linked.has(found.ino)) continue;
      if (found.isDirectory()) folders.push(child);
      else if (found.nlink > 1) linked.add(found.ino);
      usedBytes += found.blocks * BLOCK;
      inodesUsed += 1;
    }
  }
  return { usedBytes, inodesUsed };
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
