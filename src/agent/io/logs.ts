/** Reads a container's log file, and follows it through rotation. */
import { once } from 'node:events';
import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, Millis } from '../../common/actor/types.ts';
import type { Logs } from '../ports/logs.ts';
import { createLogRenderer } from './log-lines.ts';
import { tailOffset } from './log-tail.ts';

/** Most bytes of a chunk that is given out, and of a file's line that is kept in one piece. */
const CHUNK = 64 * 1024;
/** The watcher's notices can be lost (a network file system, a full queue): look again this often. */
const LOOK_AGAIN: Millis = 1000;
const NEWLINE = 10;

/** Rejects with the system's error (`code` ENOENT: no log yet). A follower ends when `ended()` and all is read. */
export function createLogs(clock: Clock): Logs {
  return {
    read: async function* (path, options, ended, signal) {
      const renderer = createLogRenderer(options);
      let rest: Buffer = Buffer.alloc(0);
      for await (const block of blocks(path, options, { clock, ended, signal })) {
        const { lines, left } = split(Buffer.concat([rest, block]));
        rest = left;
        const output = Buffer.concat(lines.map((line) => renderer.render(line)));
        if (output.length > 0) yield output;
      }
      if (rest.length > 0 && !signal.aborted) yield renderer.render(rest);
    },
  };
}

type Following = { readonly clock: Clock; readonly ended: () => boolean; readonly signal: AbortSignal };

/** The file's bytes from the wanted line on, through rotations, until the end or the signal. */
async function* blocks(
  path: string,
  options: { readonly follow: boolean; readonly tailLines?: number },
  { clock, ended, signal }: Following,
): AsyncGenerator<Buffer, void> {
  let file = await open(path, 'r');
  const changes = options.follow ? watchFile(path, clock) : undefined;
  try {
    const { size } = await file.stat();
    let at = options.tailLines === undefined ? 0 : await tailOffset(file, size, options.tailLines);
    while (!signal.aborted) {
      // Asked before reading: what was written before the end is then surely read.
      const wasEnded = ended();
      const block = await readBlock(file, at);
      at += block.length;
      if (block.length > 0) {
        yield block;
        continue;
      }
      const next = await successor(path, file, at);
      if (next !== undefined) {
        if (next !== file) await file.close();
        file = next;
        at = 0;
      } else if (changes === undefined || wasEnded) {
        break;
      } else {
        await changes.next(signal);
      }
    }
  } finally {
    changes?.close();
    await file.close();
  }
}

async function readBlock(file: FileHandle, at: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
  return buffer.subarray(0, bytesRead);
}

/** Whole lines, and what is left of a line that goes on; one longer than a chunk is cut. */
function split(bytes: Buffer): { readonly lines: readonly Buffer[]; readonly left: Buffer } {
  const lines: Buffer[] = [];
  let at = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  const left = bytes.subarray(at);
  return left.length > CHUNK ? { lines: [...lines, left], left: Buffer.alloc(0) } : { lines, left };
}

/** What to read on from its begin: the new file after a rotation, the same one after a truncation; else undefined. */
async function successor(path: string, file: FileHandle, at: number): Promise<FileHandle | undefined> {
  const own = await file.stat();
  if (own.size < at) return file;
  const named = await stat(path).catch(() => undefined);
  return named === undefined || named.ino === own.ino ? undefined : await open(path, 'r');
}

type Changes = {
  /** Resolves when the file may have changed since the last call, or at the signal. */
  next(signal: AbortSignal): Promise<void>;
  close(): void;
};

/** Watches the folder: a rotated file has a new inode. */
function watchFile(path: string, clock: Clock): Changes {
  const watcher: FSWatcher = watch(dirname(path), { persistent: false });
  let changed = false;
  watcher.on('change', () => {
    changed = true;
  });
  watcher.on('error', () => {
    changed = true; // the folder is gone: the next look finds out
  });
  return {
    next: async (signal) => {
      const wake = new AbortController();
      const stop = () => wake.abort();
      const cancel = clock.timer(LOOK_AGAIN, stop);
      signal.addEventListener('abort', stop, { once: true });
      try {
        if (!changed && !signal.aborted) await once(watcher, 'change', { signal: wake.signal });
      } catch (error) {
        if (!wake.signal.aborted && watcher.listenerCount('error') === 0) throw error;
      } finally {
        changed = false;
        cancel();
        signal.removeEventListener('abort', stop);
      }
    },
    close: () => watcher.close(),
  };
}
