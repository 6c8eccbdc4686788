/** The logs of containers that storm, in a tmpfs that bounds what they take while nobody drains them. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync } from 'node:fs';
import { access, appendFile, lstat, mkdir, open, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nextRotated, rotatedFiles } from '../../../common/lib/rotated-files.ts';
import type { Drained, LogDiversion } from '../../ports/log-diversion.ts';
import { isMountPoint, mountTmpfs, unmount } from '../files/mounts.ts';
import { codeOf } from '../kept/durable-files.ts';
import { inLogWords } from '../logs/log-files.ts';

/** All storms together: less than two seconds of 10 MB/s when no agent drains it. */
const IN_MEMORY = 16 * 1024 * 1024;
const CHUNK = 64 * 1024;
const NEWLINE = 10;
const MODE = 0o640;

export function createLogDiversion(dir: string): LogDiversion {
  const inMemory = (id: string) => join(dir, id);
  const aside = (path: string) => `${path}.aside`;
  /** How far each file was read. */
  const positions = new Map<string, number>();

  async function prepare(): Promise<void> {
    await mkdir(dir, { recursive: true, mode: 0o750 });
    if (!(await isMountPoint(dir))) await mountTmpfs(dir, IN_MEMORY);
  }

  /** Puts a log that stands aside where it belongs; where the runtime has begun another one meanwhile, it is its rotated part. */
  async function back(path: string): Promise<void> {
    if (!(await isThere(aside(path)))) return;
    const named = await lstat(path).catch(() => undefined);
    if (named === undefined || named.isSymbolicLink()) return await rename(aside(path), path);
    const log = basename(path);
    const parts = rotatedFiles(await readdir(dirname(path)), log);
    await rename(aside(path), join(dirname(path), nextRotated(log, parts)));
  }

  async function take(file: number, id: string, path: string, most: number | 'all'): Promise<Drained> {
    let [kept, dropped] = [0, 0];
    let part = nextLines(file, positions.get(id) ?? 0, most);
    while (part.lines.length > 0) {
      positions.set(id, (positions.get(id) ?? 0) + part.lines.length);
      if (await appended(path, part.lines)) kept += part.lines.length;
      else dropped += part.lines.length;
      part = nextLines(file, positions.get(id) ?? 0, most === 'all' ? most : most - kept - dropped);
    }
    // Between these two the runtime may write a line, which is lost uncounted; so nothing comes between them here.
    const rest = fstatSync(file).size - (positions.get(id) ?? 0);
    if (part.tooLong || rest === 0) {
      ftruncateSync(file, 0);
      positions.set(id, 0);
    }
    return { kept, dropped: dropped + (part.tooLong ? rest : 0) };
  }

  return {
    sizes: (paths) => paths.map((path) => statSync(path, { throwIfNoEntry: false })?.size),
    left: async () => {
      const names = await readdir(dir).catch(() => []);
      return (await isMountPoint(dir)) ? names : [];
    },
    point: (path, id) =>
      inLogWords(`divert ${path}`, async () => {
        await prepare();
        await (await open(inMemory(id), 'a', MODE)).close();
        await back(path);
        await rename(path, aside(path));
        await symlink(inMemory(id), path);
      }),
    back: (path) => inLogWords(`put ${path} back`, () => back(path)),
    drain: (id, path, most, note) =>
      inLogWords(`write ${path}`, async () => {
        const file = openIfThere(inMemory(id));
        if (file === undefined) return { kept: 0, dropped: 0 };
        try {
          const drained = await take(file, id, path, most);
          const words = note(drained.dropped);
          if (words !== '') await appended(path, Buffer.from(words));
          return drained;
        } finally {
          closeSync(file);
        }
      }),
    forget: (id) =>
      inLogWords(`forget ${id}`, async () => {
        positions.delete(id);
        await rm(inMemory(id), { force: true });
        if ((await readdir(dir).catch(() => [id])).length === 0 && (await isMountPoint(dir))) await unmount(dir);
      }),
    rename: (path, to) => inLogWords(`rename ${path}`, () => rename(path, to)),
    exists: isThere,
    touch: (path) => inLogWords(`write ${path}`, async () => await (await open(path, 'a', MODE)).close()),
  };
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole lines from there on, of at most so many bytes; `tooLong`: there is a line, and it has more. */
function nextLines(file: number, from: number, most: number | 'all'): { lines: Buffer; tooLong: boolean } {
  const chunk = Buffer.allocUnsafe(CHUNK);
  const read = chunk.subarray(0, readSync(file, chunk, 0, CHUNK, from));
  const whole = read.length === CHUNK ? read : read.subarray(0, read.lastIndexOf(NEWLINE) + 1);
  const lines = whole.subarray(0, whole.lastIndexOf(NEWLINE, most === 'all' ? undefined : most - 1) + 1);
  // A line without end within a chunk is taken apart.
  if (most === 'all' && lines.length === 0) return { lines: whole, tooLong: false };
  return { lines: most === 'all' || most > 0 ? lines : Buffer.alloc(0), tooLong: whole.length > 0 };
}

/** False when the disk has no room, or the log's folder has gone. */
async function appended(path: string, bytes: Buffer): Promise<boolean> {
  try {
    await appendFile(path, bytes, { mode: MODE });
    return true;
  } catch (error) {
    if (['ENOSPC', 'EDQUOT', 'ENOENT'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
