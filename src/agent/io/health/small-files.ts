/** Small files of the kernel's, read at once. One that is not there, or that its driver can not answer now, reads as nothing. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type SmallFiles = {
  /** Without the line's end; undefined when there is nothing to read. */
  text(...path: readonly string[]): string | undefined;
  bytes(...path: readonly string[]): Uint8Array | undefined;
  /** Of decimal text. */
  number(...path: readonly string[]): number | undefined;
  /** Names in a folder, sorted by their numbers; none where there is no folder. */
  names(folder: string): readonly string[];
  /** When it was changed, milliseconds since 1970; undefined when it is not there. */
  changed(path: string): number | undefined;
};

/** `root` stands before every path. */
export function smallFiles(root: string): SmallFiles {
  const bytes = (...path: readonly string[]): Uint8Array | undefined =>
    orNothing(() => readFileSync(join(root, ...path)));
  const text = (...path: readonly string[]): string | undefined =>
    orNothing(() => readFileSync(join(root, ...path), 'utf8').trimEnd());
  return {
    bytes,
    text,
    number: (...path) => {
      const found = text(...path);
      return found !== undefined && /^-?\d+$/.test(found) ? Number(found) : undefined;
    },
    names: (folder) =>
      (orNothing(() => readdirSync(join(root, folder))) ?? []).sort((a, b) =>
        a.localeCompare(b, 'en', { numeric: true }),
      ),
    // Made without an error where nothing is there: most of these are not.
    changed: (path) => orNothing(() => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs),
  };
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // Sensors come and go with their drivers, and some say EAGAIN, EIO or ENODATA for a while.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
