/** Containers' log files for real: `<logDir>/<namespace>_<name>_<uid>/<container>/<attempt>.log…`. */
import { createReadStream, createWriteStream, readdirSync, type Stats, statSync } from 'node:fs';
import { rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { nextTurn } from '../../../common/actor/clock.ts';
import { type ContainerLogs, type LogFile, type LogFiles, LogFilesError } from '../../ports/log-files.ts';
import { podOfLogDir } from '../files/pod-paths.ts';

/** Pods whose folders are read before others have their turn. */
const AT_ONCE = 16;

/** Folders are read a pod's at once: they are few and small, and handing each to a thread takes ten times as long as reading it. */
export function createLogFiles(logDir: string): LogFiles {
  return {
    async list() {
      const found: ContainerLogs[] = [];
      for (const folder of foldersIn(logDir)) {
        const pod = podOfLogDir(folder);
        if (pod === undefined) continue;
        for (const container of foldersIn(join(logDir, folder))) {
          const dir = join(logDir, folder, container);
          found.push({ pod, container, dir, files: filesIn(dir) });
        }
        if (found.length % AT_ONCE === 0) await nextTurn();
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

function foldersIn(dir: string): readonly string[] {
  const entries = orNothing(() => readdirSync(dir, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** A file that goes away meanwhile is left out. */
function filesIn(dir: string): readonly LogFile[] {
  const names = orNothing(() => readdirSync(dir)) ?? [];
  return names.flatMap((name) => {
    const stats: Stats | undefined = orNothing(() => statSync(join(dir, name), { throwIfNoEntry: false }));
    return stats?.isFile() ? [{ name, size: stats.size }] : [];
  });
}

function orNothing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
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
