/**
 * The files that a container's log is kept in: `<log>.<number>` and `<log>.<number>.gz` are its rotated parts, higher
 * numbers are newer; `<log>` is what is being written.
 */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { rotatedFiles } from '../../../common/lib/rotated-files.ts';
import { endsLine } from './log-lines.ts';
import { tailOf } from './log-tail.ts';

const NEWLINE = 10;

export type Part = { readonly path: string; readonly compressed: boolean };
/** Where to begin in a list of parts: after so many bytes of one, and so many lines. */
export type Start = { readonly part: number; readonly offset: number; readonly skip: number };

/** The log's parts, oldest first; the one that is being written is the last. */
async function partsOf(path: string): Promise<readonly Part[]> {
  const names = await readdir(dirname(path));
  const rotated = rotatedFiles(names, basename(path));
  const parts = rotated.map(({ name, compressed }) => ({ path: join(dirname(path), name), compressed }));
  return [...parts, { path, compressed: false }];
}

/** The parts up to the one that `file` was opened as, which another rotation may have renamed. */
export async function partsUpTo(path: string, file: FileHandle): Promise<readonly Part[]> {
  const parts = await partsOf(path);
  const own = await file.stat();
  const known = await Promise.all(parts.map((part) => stat(part.path).catch(() => undefined)));
  const at = known.findIndex((one) => one?.ino === own.ino);
  return at < 0 ? parts : parts.slice(0, at + 1);
}

/**
 * The parts after the one that `file` was opened as, up to `last`, which was opened as the newest; all of them when the first
 * is not there any more. Another rotation may come between the two.
 */
export async function partsAfter(path: string, file: FileHandle, last: FileHandle): Promise<readonly Part[]> {
  const parts = await partsOf(path);
  const [own, newest] = await Promise.all([file.stat(), last.stat()]);
  const known = await Promise.all(parts.map((part) => stat(part.path).catch(() => undefined)));
  // A part that was compressed is another file, with the time of the one that it was made of.
  const at = known.findIndex(
    (one, index) =>
      one !== undefined && (parts[index]?.compressed ? sameTime(one.mtimeMs, own.mtimeMs) : one.ino === own.ino),
  );
  const end = known.findIndex((one) => one?.ino === newest.ino);
  return parts.slice(at + 1, end < 0 ? undefined : end + 1);
}

const sameTime = (a: number, b: number) => Math.abs(a - b) < 2;

/** Where the last `lines` lines of all parts together begin. */
export async function tailStart(parts: readonly Part[], lines: number): Promise<Start> {
  let wanted = lines;
  for (let part = parts.length - 1; part >= 0; part -= 1) {
    const one = parts[part];
    if (one === undefined) break;
    const found = await tailOfPart(one, wanted);
    if (found.lines >= wanted) return { part, offset: found.offset, skip: found.skip };
    wanted -= found.lines;
  }
  return { part: 0, offset: 0, skip: 0 };
}

async function tailOfPart(part: Part, wanted: number): Promise<{ lines: number; offset: number; skip: number }> {
  const opened = await openRotated(part);
  if (opened === undefined) return { lines: 0, offset: 0, skip: 0 };
  const { file, compressed } = opened;
  if (compressed) {
    const lines = await linesOf(file);
    return { lines, offset: 0, skip: Math.max(0, lines - wanted) };
  }
  try {
    return { ...(await tailOf(file, (await file.stat()).size, wanted)), skip: 0 };
  } finally {
    await file.close();
  }
}

async function linesOf(file: FileHandle): Promise<number> {
  let lines = 0;
  let begin: Buffer = Buffer.alloc(0);
  for await (const block of compressedBlocks(file)) {
    const bytes = Buffer.concat([begin, block]);
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      if (endsLine(bytes.subarray(at, end))) lines += 1;
      at = end + 1;
    }
    begin = bytes.subarray(at);
  }
  return lines;
}

/** Opens a rotated part, which may have been compressed since it was listed; undefined when it is gone. */
export async function openRotated(part: Part): Promise<{ file: FileHandle; compressed: boolean } | undefined> {
  const file = await open(part.path, 'r').catch(() => undefined);
  if (file !== undefined || part.compressed) return file && { file, compressed: part.compressed };
  const packed = await open(`${part.path}.gz`, 'r').catch(() => undefined);
  return packed && { file: packed, compressed: true };
}

/** What a compressed part holds. Closes the file. */
export async function* compressedBlocks(file: FileHandle): AsyncGenerator<Buffer, void> {
  const packed = file.createReadStream();
  const unpacked = packed.pipe(createGunzip());
  packed.on('error', (error) => unpacked.destroy(error));
  try {
    yield* unpacked;
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}
