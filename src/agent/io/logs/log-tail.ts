/** Finds where the last lines of a log file begin, reading from its end. */
import type { FileHandle } from 'node:fs/promises';
import { endsLine } from './log-lines.ts';

const BLOCK = 64 * 1024;
const NEWLINE = 10;

/** Where the last lines of a file begin, and how many they are. */
export type Tail = { readonly offset: number; readonly lines: number };

/** The last `lines` lines of output before `size`, or all of them; parts of one line count as one. */
export async function tailOf(file: FileHandle, size: number, lines: number): Promise<Tail> {
  if (lines <= 0) return { offset: size, lines: 0 };
  let ends = 0; // ends of output lines that were seen, from the back
  let rest: Buffer = Buffer.alloc(0); // what was read and is not counted yet
  for (let start = size; start > 0; ) {
    const length = Math.min(BLOCK, start);
    start -= length;
    const block = Buffer.alloc(length);
    await file.read(block, 0, length, start);
    rest = Buffer.concat([block, rest]);
    for (let begin = lastBegin(rest, start === 0); begin !== undefined; begin = lastBegin(rest, start === 0)) {
      if (endsLine(trimmed(rest).subarray(begin))) ends += 1;
      if (ends > lines) return { offset: start + rest.length, lines };
      rest = rest.subarray(0, begin);
    }
  }
  return { offset: 0, lines: ends };
}

/** Where the last line of `bytes` begins; undefined when it begins before them, or when nothing is left. */
function lastBegin(bytes: Buffer, fromTheStart: boolean): number | undefined {
  if (bytes.length === 0) return undefined;
  const newline = trimmed(bytes).lastIndexOf(NEWLINE);
  return newline >= 0 ? newline + 1 : fromTheStart ? 0 : undefined;
}

/** Without the newline at the end, if there is one. */
function trimmed(bytes: Buffer): Buffer {
  return bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes;
}
