/** Containers' log files for real: `<logDir>/<namespace>_<name>_<uid>/<container>/<attempt>.log…`. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type ContainerLogs, type LogFile, type LogFiles, LogFilesError } from '../../ports/log-files.ts';
import { podOfLogDir } from '../files/pod-paths.ts';

export function createLogFiles(logDir: string): LogFiles {
  return {
    async list() {
      const found: ContainerLogs[] = [];
      for (const folder of await foldersIn(logDir)) {
        const pod = podOfLogDir(folder);
        if (pod === undefined) continue;
        for (const container of await foldersIn(join(logDir, folder))) {
          const dir = join(logDir, folder, container);
          found.push({ pod, container, dir, files: await filesIn(dir) });
        }
      }
      return found;
    },
    remove: (dir, name) => inLogWords(`remove ${name}`, () => rm(join(dir, name), { force: true })),
    compress: (dir, name, to) => inLogWords(`compress ${name}`, () => compress(join(dir, name), join(dir, to))),
  };
}

async function compress(path: string, to: string): Promise<void> {
  const temporary = `${to}.tmp`;
  try {
    const { atime, mtime, mode } = await stat(path);
    await pipeline(createReadStream(path), createGzip(), createWriteStream(temporary, { mode }));
    await utimes(temporary, atime, mtime);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rm(path);
}

async function foldersIn(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** A file that goes away meanwhile is left out. */
async function filesIn(dir: string): Promise<readonly LogFile[]> {
  const names = await readdir(dir).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(dir, name)).catch(() => undefined)));
  return names.flatMap((name, index) => {
    const stats = sizes[index];
    return stats?.isFile() ? [{ name, size: stats.size }] : [];
  });
}

/** What the system refuses becomes a LogFilesError. */
export async function inLogWords<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const code = error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'full' : 'failed';
    throw new LogFilesError(code, `${what}: ${error.message}`, { cause: error });
  }
}
