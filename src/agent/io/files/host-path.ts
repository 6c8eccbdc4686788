/** Kubernetes' hostPath types: what must be there, and what is made when it is not. */
import type { Stats } from 'node:fs';
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { PodFilesError } from '../../ports/pod-files.ts';

type Kind = 'directory' | 'file' | 'socket' | 'character device' | 'block device';
const KINDS: Readonly<Record<string, Kind>> = {
  Directory: 'directory',
  DirectoryOrCreate: 'directory',
  File: 'file',
  FileOrCreate: 'file',
  Socket: 'socket',
  CharDevice: 'character device',
  BlockDevice: 'block device',
};

/** Rejects with PodFilesError that says what was found, or with the system's error; '' accepts anything, present or not (the runtime makes a directory). */
export async function checkHostPath(path: string, type: string): Promise<void> {
  if (!isAbsolute(path) || path.split('/').includes('..')) {
    throw new PodFilesError(`hostPath ${path}: an absolute path without ".." is accepted`);
  }
  if (type === '') return;
  const wanted = KINDS[type];
  if (wanted === undefined) {
    throw new PodFilesError(`hostPath type ${type}: ${Object.keys(KINDS).join(', ')} or nothing is accepted`);
  }
  const found = await statOf(path);
  if (found === undefined) return await make(path, type, wanted);
  if (kindOf(found) !== wanted) {
    throw new PodFilesError(`hostPath type check failed: ${path} is not a ${wanted}, but a ${kindOf(found)}`);
  }
}

async function make(path: string, type: string, wanted: Kind): Promise<void> {
  if (type === 'DirectoryOrCreate') {
    await makeFolders(path);
  } else if (type === 'FileOrCreate') {
    const file = await open(path, 'a');
    try {
      await file.chmod(0o644);
    } finally {
      await file.close();
    }
  } else {
    throw new PodFilesError(`hostPath type check failed: ${path} is not a ${wanted}: it does not exist`);
  }
}

/** Those that are missing, with mode 0755 whatever the umask of the process. */
async function makeFolders(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function kindOf(stats: Stats): Kind | 'pipe' {
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile()) return 'file';
  if (stats.isSocket()) return 'socket';
  if (stats.isCharacterDevice()) return 'character device';
  return stats.isBlockDevice() ? 'block device' : 'pipe';
}
