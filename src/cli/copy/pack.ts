/** Files and directories of here as a tar archive, in pieces, so that memory does not grow with them. */

import type { Stats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { tarEnd, tarHeader, tarPadding } from '../../common/lib/tar-write.ts';

const PIECE = 256 * 1024;

/** Packs `path` under the name `name`. Rejects with Node's own errors. `skipped` hears what is neither file, directory nor link. */
export async function* pack(
  path: string,
  name: string,
  skipped: (path: string) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  yield* member(path, name, skipped);
  yield tarEnd();
}

async function* member(
  path: string,
  name: string,
  skipped: (path: string) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const stats = await lstat(path);
  if (stats.isDirectory()) {
    yield header(name, 'directory', stats);
    for (const entry of (await readdir(path)).sort()) yield* member(join(path, entry), `${name}/${entry}`, skipped);
  } else if (stats.isSymbolicLink()) {
    yield header(name, 'symlink', stats, await readlink(path));
  } else if (stats.isFile()) {
    yield* file(path, name);
  } else {
    await skipped(path);
  }
}

async function* file(path: string, name: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const stats = await handle.stat();
    yield header(name, 'file', stats);
    let at = 0;
    while (at < stats.size) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.allocUnsafe(PIECE),
        0,
        Math.min(PIECE, stats.size - at),
        at,
      );
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
    yield tarPadding(stats.size);
  } finally {
    await handle.close();
  }
}

function header(path: string, kind: 'file' | 'directory' | 'symlink', stats: Stats, target?: string): Uint8Array {
  const { mode, uid, gid, mtimeMs } = stats;
  const size = kind === 'file' ? stats.size : 0;
  return tarHeader({
    path,
    kind,
    mode,
    uid,
    gid,
    size,
    mtime: mtimeMs / 1000,
    ...(target === undefined ? {} : { target }),
  });
}
