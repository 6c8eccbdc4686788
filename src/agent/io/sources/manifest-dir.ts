/** The manifests directory: lists and reads its files, bounded in size and number. */

import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '../../../common/actor/types.ts';
import type { ManifestDir, ManifestFile } from '../../ports/manifests.ts';
import { codeOf } from '../kept/durable-files.ts';
import { wordsOf } from '../system-errors.ts';
import { watchPath } from './watch-path.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_FILES = 500;

export function createManifestDir(path: string, clock: Clock, log: Logger): ManifestDir {
  return {
    path,
    async list() {
      let names: string[];
      try {
        names = await readdir(path);
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return { files: [] };
        return { problem: `${path}: the manifests directory can not be read: ${wordsOf(error)}` };
      }
      const wanted = names.filter((name) => !name.startsWith('.') && !name.endsWith('~')).sort();
      const files: ManifestFile[] = [];
      for (const name of wanted.slice(0, MAX_FILES)) {
        const file = await readManifest(join(path, name), name);
        if (file !== undefined) files.push(file);
      }
      if (wanted.length > MAX_FILES) {
        const problem = `one of more than ${MAX_FILES} files; from this one on they are not read`;
        files.push({ name: wanted[MAX_FILES] ?? '', problem });
      }
      return { files };
    },
    watch: (changed) => watchPath(path, clock, log, changed),
  };
}

/** Undefined for what is no file, or is gone meanwhile. */
async function readManifest(path: string, name: string): Promise<ManifestFile | undefined> {
  try {
    // Not to wait for a writer of a FIFO.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) return undefined;
      if (!stat.isFile()) return { name, problem: 'not a regular file' };
      const parts: Buffer[] = [];
      for await (const part of file.createReadStream({ autoClose: false, start: 0, end: MAX_BYTES })) parts.push(part);
      const content = Buffer.concat(parts);
      return content.length > MAX_BYTES ? { name, problem: `larger than ${MAX_BYTES} bytes` } : { name, content };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && !(await isLink(path))) return undefined;
    return { name, problem: code === 'ENOENT' ? 'a symbolic link to nothing' : `can not be read: ${wordsOf(error)}` };
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
