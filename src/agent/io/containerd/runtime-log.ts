/**
 * The log of a containerd that Bramble owns. It is in memory, in a small file system: containerd says a line for each line of a
 * container's log that it can not write, and nobody would bound that on the disk while no agent runs.
 */
import { type FileHandle, mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMountPoint, mountTmpfs } from '../files/mounts.ts';
import { codeOf } from '../kept/durable-files.ts';

const IN_MEMORY = 4 * 1024 * 1024;
/** Beyond it the log is begun anew, and so much of its end is kept beside it. */
const MOST = 1024 * 1024;

/** An empty log, in a directory of its own, that is appended to: it may be cut meanwhile. Rejects with RunError. */
export async function openRuntimeLog(path: string): Promise<FileHandle> {
  const dir = dirname(path);
  await mkdir(dir, { recursive: true, mode: 0o750 });
  if (!(await isMountPoint(dir))) await mountTmpfs(dir, IN_MEMORY);
  await writeFile(path, '');
  return await open(path, 'a', 0o640);
}

/** What is said between the look and the cut is lost. */
export async function boundRuntimeLog(path: string): Promise<void> {
  const end = await endOf(path);
  if (end === undefined) return;
  await truncate(path);
  await writeFile(`${path}.1`, end);
}

/** The end of a log that is too long; undefined for one that is not, or not there. */
async function endOf(path: string): Promise<Buffer | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    if (size <= MOST) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(MOST), 0, MOST, size - MOST);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  } finally {
    await file?.close();
  }
}
