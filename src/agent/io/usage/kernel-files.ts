/**
 * Pseudo-files of the kernel, read at once: what they say comes from memory, and handing the read to a thread takes longer
 * than reading. An open one is read anew from its start for an eighth of what opening it costs, but the kernel keeps a page of
 * memory for each: so only so many are kept open. One that is not there (any more) reads as undefined.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** For the kernel's pages of the files that are kept open: those of 30 pods, where a page has 4 KiB. */
const KEPT_BYTES = 2560 * 1024;
const FIRST_BUFFER = 16 * 1024;
/** Of the longest file that is read: /proc/net/dev of a device with very many interfaces. */
const LONGEST = 1024 * 1024;

/** The kernel gives files of many lines in parts of about a page, so a longer part may not be the last one. */
const SURELY_ALL = 1024;

export type KernelFile = {
  /** Its text now. */
  read(): string | undefined;
  /** Gives back what is held; it may be read again afterwards. */
  close(): void;
};

export type KernelFiles = {
  /** Read often: a file of a folder. */
  file(dir: string, name: string): KernelFile;
  /** Read seldom. */
  text(path: string): string | undefined;
};

/** `keptBytes` bounds what the kernel keeps for open files, `pageBytes` each. */
export function createKernelFiles(keptBytes = KEPT_BYTES, pageBytes = pageSize()): KernelFiles {
  let buffer = Buffer.allocUnsafe(FIRST_BUFFER);
  let left = Math.floor(keptBytes / pageBytes);

  function readAll(fd: number): string {
    for (let length = 0; ; ) {
      const count = readSync(fd, buffer, length, buffer.length - length, length);
      length += count;
      if (count < SURELY_ALL || length >= LONGEST) return buffer.toString('latin1', 0, length);
      if (length < buffer.length) continue;
      const larger = Buffer.allocUnsafe(buffer.length * 2);
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
  }
  function once(path: string): string {
    const fd = openSync(path, 'r');
    try {
      return readAll(fd);
    } finally {
      closeSync(fd);
    }
  }

  const reader: Reader = {
    once,
    read: readAll,
    mayKeep: () => left > 0,
    kept: (count) => {
      left -= count;
    },
  };
  return { text: (path) => orAbsent(() => once(path)), file: (dir, name) => new KeptFile(reader, dir, name) };
}

/** What the files have in common. */
type Reader = {
  once(path: string): string;
  read(fd: number): string;
  mayKeep(): boolean;
  /** One more is kept open, or one less. */
  kept(count: 1 | -1): void;
};

/** A class, and a folder that is shared: of these there are thousands on a device with many pods. */
class KeptFile implements KernelFile {
  readonly #reader: Reader;
  readonly #dir: string;
  readonly #name: string;
  #fd: number | undefined;

  constructor(reader: Reader, dir: string, name: string) {
    this.#reader = reader;
    this.#dir = dir;
    this.#name = name;
  }

  read(): string | undefined {
    return orAbsent(() => this.#read());
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
    this.#reader.kept(-1);
  }

  /** Not joined by node:path, which reads both letter by letter. */
  #path(): string {
    return `${this.#dir}/${this.#name}`;
  }

  #read(): string {
    if (this.#fd === undefined && !this.#reader.mayKeep()) return this.#reader.once(this.#path());
    if (this.#fd === undefined) {
      this.#fd = openSync(this.#path(), 'r');
      this.#reader.kept(1);
    }
    try {
      return this.#reader.read(this.#fd);
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

/** Not there, gone while it was open, not for this group or kernel, or not for us. */
const ABSENT: readonly unknown[] = ['ENOENT', 'ENODEV', 'ENOTDIR', 'ESRCH', 'EOPNOTSUPP', 'EINVAL', 'EACCES', 'EPERM'];

function orAbsent(work: () => string | undefined): string | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.includes(error.code)) return undefined;
    throw error;
  }
}

/** Of this kernel, in bytes: 16 KiB on a Raspberry Pi 5. Type 6 in the auxiliary vector (getauxval(3)), whose words are as long as pointers. */
function pageSize(): number {
  const entry = Buffer.alloc(1024);
  const fd = openSync('/proc/self/auxv', 'r');
  const length = readSync(fd, entry, 0, entry.length, 0);
  closeSync(fd);
  const wide = process.arch.endsWith('64');
  const word = wide ? 8 : 4;
  for (let at = 0; at + 2 * word <= length; at += 2 * word) {
    if (entry.readUInt32LE(at) === 6) return entry.readUInt32LE(at + word);
  }
  return 4096;
}
