/** Reads a container's log with its rotated parts, and follows it through rotations. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { pause } from '../../../common/actor/pause.ts';
import type { Clock, Millis } from '../../../common/actor/types.ts';
import type { Logs } from '../../ports/logs.ts';
import { createLogRenderer, endsLine, type LogRenderer } from './log-lines.ts';
import { compressedBlocks, openRotated, type Part, partsAfter, partsUpTo, type Start, tailStart } from './log-parts.ts';
import { watchFile } from './log-watch.ts';

/** Most bytes of a chunk that is given out, and of a file's line that is kept in one piece. */
const CHUNK = 64 * 1024;
const NEWLINE = 10;
const LINK_TRIES = 250;
const LINK_PAUSE: Millis = 20;

/** Rejects with the system's error (`code` ENOENT: no log yet). A follower ends when `ended()` and all is read. */
export function createLogs(clock: Clock): Logs {
  return {
    read: async function* (path, options, ended, signal) {
      const file = await openLog(path, clock);
      const { start, parts } = await startOf(path, file, options).catch(async (error: unknown) => {
        await file.close();
        throw error;
      });
      const render = skipping(createLogRenderer(options), start.skip);
      let rest: Buffer = Buffer.alloc(0);
      const reading = { clock, ended, signal, follow: options.follow };
      for await (const block of blocks(path, file, parts, start, reading)) {
        const { lines, left } = split(Buffer.concat([rest, block]));
        rest = left;
        const output = Buffer.concat(lines.map(render));
        if (output.length > 0) yield output;
      }
      if (rest.length > 0 && !signal.aborted) yield render(rest);
    },
  };
}

/** For the moment in which a storm begins a link into memory is in the log's place. */
async function openLog(path: string, clock: Clock): Promise<FileHandle> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOOP') || tries >= LINK_TRIES) throw error;
      await pause(clock, LINK_PAUSE);
    }
  }
}

async function startOf(
  path: string,
  file: FileHandle,
  { tailLines, sinceMillis }: Parameters<Logs['read']>[1],
): Promise<{ readonly parts: readonly Part[]; readonly start: Start }> {
  const parts = await partsUpTo(path, file);
  return {
    parts,
    start: tailLines === undefined ? await sinceStart(parts, sinceMillis) : await tailStart(parts, tailLines),
  };
}

/** Leaves the first lines of output out. */
function skipping(renderer: LogRenderer, lines: number): (line: Buffer) => Buffer {
  let skip = lines;
  return (line) => {
    if (skip === 0) return renderer.render(line);
    if (endsLine(line)) skip -= 1;
    return Buffer.alloc(0);
  };
}

/** Parts that were written before are passed over as a whole. */
async function sinceStart(parts: readonly Part[], since: Millis | undefined): Promise<Start> {
  const times = await Promise.all(parts.map(({ path }) => stat(path).catch(() => undefined)));
  const first = since === undefined ? 0 : times.findIndex((stats) => stats !== undefined && stats.mtimeMs >= since);
  return { part: first < 0 ? parts.length - 1 : first, offset: 0, skip: 0 };
}

type Reading = {
  readonly clock: Clock;
  readonly ended: () => boolean;
  readonly signal: AbortSignal;
  readonly follow: boolean;
};

/** The bytes from the wanted place on, through the rotated parts and rotations, until the end or the signal. */
async function* blocks(
  path: string,
  first: FileHandle,
  parts: readonly Part[],
  start: Start,
  { clock, ended, signal, follow }: Reading,
): AsyncGenerator<Buffer, void> {
  let file = first;
  const changes = follow ? watchFile(path, clock) : undefined;
  try {
    for (const [index, part] of parts.slice(start.part, -1).entries())
      yield* rotatedBlocks(part, index === 0 ? start.offset : 0, signal);
    let at = start.part === parts.length - 1 ? start.offset : 0;
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
        yield* missed(next, signal);
        if (next.file !== file) await file.close();
        file = next.file;
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

async function* missed({ before }: Successor, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  for (const part of before) yield* rotatedBlocks(part, 0, signal);
}

/** A part may be compressed, or gone, by the time it is its turn; the others go on. */
async function* rotatedBlocks(part: Part, offset: number, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  const opened = await openRotated(part);
  if (opened === undefined) return;
  if (opened.compressed) return yield* compressedBlocks(opened.file);
  try {
    for (let at = offset; !signal.aborted; ) {
      const block = await readBlock(opened.file, at);
      if (block.length === 0) return;
      at += block.length;
      yield block;
    }
  } finally {
    await opened.file.close();
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

type Successor = { readonly file: FileHandle; readonly before: readonly Part[] };

/**
 * What to read on from its begin: after a rotation the new file, and what was rotated between the two; after a truncation
 * the same one; else undefined.
 */
async function successor(path: string, file: FileHandle, at: number): Promise<Successor | undefined> {
  const own = await file.stat();
  if (own.size < at) return { file, before: [] };
  const named = await lstat(path).catch(() => undefined);
  if (named === undefined || named.isSymbolicLink() || named.ino === own.ino) return undefined;
  const next = await open(path, 'r').catch(() => undefined);
  if (next === undefined) return undefined;
  return { file: next, before: (await partsAfter(path, file, next)).slice(0, -1) };
}
