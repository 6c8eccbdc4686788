/**
 * Makes the repairs. A file is written beside the one that it replaces, brought to the disk and put in its place in one step: a
 * power cut leaves the old one or the new one, never a half of one.
 */

import { constants, copyFile, mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileChange, Repaired, Repairs } from '../../ports/doctor.ts';
import { codeOf } from '../kept/durable-files.ts';
import { RunError, run } from '../run.ts';
import type { DeviceFiles } from './device-files.ts';

/** Why a repair could not be made; what stood before it stands as it was. */
class RepairError extends Error {
  override readonly name = 'RepairError';
}

export async function repair(files: DeviceFiles, { files: changes, load, set }: Repairs): Promise<Repaired> {
  const done: string[] = [];
  const failed: string[] = [];
  const attempt = async (work: () => Promise<readonly string[]>): Promise<void> => {
    try {
      done.push(...(await work()));
    } catch (error) {
      if (!(error instanceof RepairError)) throw error;
      failed.push(error.message);
    }
  };
  for (const change of changes) await attempt(() => inWords(change.path, () => replace(files, change)));
  if (load.length > 0) await attempt(() => loadModules(files, load));
  for (const name of set) await attempt(() => inWords(name, () => setNow(files, name)));
  return { done, failed };
}

async function replace(files: DeviceFiles, { path, before, after, backup }: FileChange): Promise<readonly string[]> {
  const target = await targetOf(files, path, before);
  const done = [`wrote ${path}`];
  if (before !== undefined && backup) {
    const kept = await keep(target, before);
    if (kept !== undefined) done.unshift(`kept ${join(dirname(path), kept)}`);
  }
  const mode = before === undefined ? 0o644 : (await stat(target)).mode & 0o777;
  const temporary = `${target}.bramble-new`;
  try {
    await writeDurable(temporary, after, mode);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await sync(dirname(target));
  return done;
}

/** The file itself where the path is a link; never one outside of the device's files. */
async function targetOf(files: DeviceFiles, path: string, before: string | undefined): Promise<string> {
  if (before === undefined) {
    await mkdir(dirname(files.at(path)), { recursive: true });
    return files.at(path);
  }
  const [top, target] = await Promise.all([realpath(files.root), realpath(files.at(path))]);
  if (top !== '/' && !target.startsWith(`${top}/`)) throw new RepairError(`${path} leads out of ${files.root}`);
  if ((await readFile(target, 'utf8')) !== before)
    throw new RepairError(`${path} was changed by somebody else meanwhile`);
  return target;
}

/** The name of the copy; undefined when one with this content is there. */
async function keep(target: string, content: string): Promise<string | undefined> {
  for (let count = 0; ; count += 1) {
    const copy = `${target}.before-bramble${count === 0 ? '' : `-${count}`}`;
    try {
      await copyFile(target, copy, constants.COPYFILE_EXCL);
      await sync(copy);
      return basename(copy);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if ((await readFile(copy, 'utf8')) === content) return undefined;
    }
  }
}

async function writeDurable(path: string, content: string, mode: number): Promise<void> {
  const file = await open(path, 'w', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function loadModules(files: DeviceFiles, names: readonly string[]): Promise<readonly string[]> {
  const root = files.root === '/' ? [] : ['-d', files.root];
  try {
    await run('modprobe', [...root, '-a', ...names]);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new RepairError(`modules could not be loaded: ${error.message}`, { cause: error });
  }
  return [`loaded ${names.join(', ')}`];
}

/** One whose module is not loaded is set when it is, at boot. */
async function setNow(files: DeviceFiles, name: string): Promise<readonly string[]> {
  const path = `/proc/sys/${name.replaceAll('.', '/')}`;
  if (!(await files.exists(path))) return [];
  await writeFile(files.at(path), '1\n');
  return [`set ${name} = 1`];
}

async function inWords<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    const advice: Readonly<Record<string, string>> = {
      EACCES: 'run this as root',
      EPERM: 'run this as root',
      EROFS: 'its file system is read-only: mount -o remount,rw',
      ENOSPC: 'its file system is full',
    };
    const hint = advice[code] === undefined ? '' : ` (${advice[code]})`;
    throw new RepairError(`${what} could not be changed: ${error.message}${hint}; it is as it was`, { cause: error });
  }
}
