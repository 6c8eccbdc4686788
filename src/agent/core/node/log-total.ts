/**
 * Bounds the logs of all containers together. Rotated parts go, of the container whose logs take most first, its oldest part
 * first; never a log that is being written, nor a part into which the runtime may still write.
 */

import type { LogFile } from './log-rotation.ts';

type Folder = { readonly dir: string; readonly files: readonly LogFile[] };

/** The files to remove, in order; as few as bring all down to so many bytes, or all that may go. */
export function partsOverTotal(
  folders: readonly Folder[],
  maxBytes: number,
): readonly { readonly dir: string; readonly name: string }[] {
  const left = folders.map(({ dir, files }) => ({ dir, bytes: sumOf(files), parts: [...partsOf(files)] }));
  let total = left.reduce((sum, { bytes }) => sum + bytes, 0);
  const going: { readonly dir: string; readonly name: string }[] = [];
  while (total > maxBytes) {
    const [largest] = left.filter(({ parts }) => parts.length > 0).sort((a, b) => b.bytes - a.bytes);
    const part = largest?.parts.shift();
    if (largest === undefined || part === undefined) break;
    largest.bytes -= part.size;
    total -= part.size;
    going.push({ dir: largest.dir, name: part.name });
  }
  return going;
}

const sumOf = (files: readonly LogFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** Those that may go, oldest first. */
function partsOf(files: readonly LogFile[]): readonly LogFile[] {
  const parts = files.flatMap((file) => {
    const [, attempt, number, packed] = /^(\d+)\.log\.(\d+)(\.gz)?$/.exec(file.name) ?? [];
    return attempt === undefined
      ? []
      : [{ file, attempt: Number(attempt), number: Number(number), plain: packed === undefined }];
  });
  parts.sort((a, b) => a.attempt - b.attempt || a.number - b.number);
  const open = parts.at(-1)?.plain === true ? parts.length - 1 : parts.length;
  return parts.slice(0, open).map(({ file }) => file);
}
