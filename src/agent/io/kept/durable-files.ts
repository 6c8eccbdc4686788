/**
 * The few things that must survive a loss of power, one by one: between any two of them the power may go. Tests put a disk in
 * their place that forgets what was not made durable.
 */
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';

export interface DurableFiles {
  /** Makes a folder and those above it; only its owner may look into it. */
  makeDirectory(path: string): Promise<void>;
  /** The names in a folder; none when there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** `unreadable` when the disk does not give it. */
  read(path: string): Promise<Buffer | 'none' | 'unreadable'>;
  /** A file that only its owner may read. Its content is on the disk afterwards, its name only once its folder is synced. */
  write(path: string, content: Buffer): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

export const durableFiles: DurableFiles = {
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  },
  list: async (path) => {
    try {
      return await readdir(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
  read: async (path) => {
    try {
      return await readFile(path);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      return code === 'ENOENT' ? 'none' : 'unreadable';
    }
  },
  write: async (path, content) => {
    const file = await open(path, 'w', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(content);
      await file.datasync();
    } finally {
      await file.close();
    }
  },
  rename,
  syncDirectory: async (path) => {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
  remove: (path) => rm(path, { force: true }),
};

/** A file of that name holds all of the content, or what it held before, also after a power cut; durable after a sync of its folder. */
export async function replaceFile(files: DurableFiles, path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.new`;
  await files.write(temporary, content);
  await files.rename(temporary, path);
}

/** The code of a system error, such as ENOSPC; undefined for what is none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
