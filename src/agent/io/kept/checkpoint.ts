/**
 * The checkpoint on the disk: a file for each object and an index that names them (`index-0.json`, `index-1.json` in turn: the
 * last generation and the one before). An apply writes new objects, then the index by a rename: before it the old set holds,
 * after it the new one. Only what changed is written.
 */
import { join } from 'node:path';
import { type Checkpoint, CheckpointError, type KeptObject } from '../../ports/checkpoint.ts';
import {
  type Entries,
  formatIndex,
  type Index,
  OLD_INDEX,
  parseIndex,
  parseOldIndex,
  SLOTS,
  slotOf,
} from './checkpoint-index.ts';
import { objectFiles } from './checkpoint-objects.ts';
import { deviceKey } from './device-key.ts';
import { codeOf, type DurableFiles, durableFiles, replaceFile } from './durable-files.ts';

/** What the folder holds: generations, newest first, and the names of damaged indexes. */
type Found = { readonly generations: readonly Index[]; readonly damaged: readonly string[] };

const NOTHING: Index = { generation: 0, entries: {} };

/** `dir` is the checkpoint's own folder and `keyFile` the device's key: both are made when they are needed. */
export function createCheckpoint(dir: string, keyFile: string, files: DurableFiles = durableFiles): Checkpoint {
  const objectDir = join(dir, 'objects');
  const objects = objectFiles(objectDir, files, deviceKey(keyFile, files));
  let last: Promise<unknown> = Promise.resolve();
  /** One at a time, in the order of the calls. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work, work);
    last = result;
    return result;
  };

  async function find(): Promise<Found> {
    const damaged: string[] = [];
    const read = async (name: string, parse: (bytes: Buffer) => Index | undefined): Promise<Index[]> => {
      const content = await files.read(join(dir, name));
      if (content === 'none') return [];
      const index = content === 'unreadable' ? undefined : parse(content);
      if (index === undefined) damaged.push(name);
      return index === undefined ? [] : [index];
    };
    const slots = (await Promise.all(SLOTS.map((name) => read(name, parseIndex)))).flat();
    slots.sort((a, b) => b.generation - a.generation);
    const generations = slots.length > 0 ? slots : await read(OLD_INDEX, parseOldIndex);
    return { generations, damaged };
  }

  async function read(index: Index | undefined, key: string): Promise<KeptObject | undefined> {
    const entry = index?.entries[key];
    const object = entry && (await objects.read(key, entry));
    return entry && object && { key, digest: entry.digest, object };
  }

  const load: Checkpoint['load'] = async () => {
    const { generations, damaged } = await find();
    const [newest, before] = generations;
    const damage = damaged.map((name) =>
      newest === undefined
        ? `${name} is damaged: what was wanted is not known`
        : `${name} is damaged: generation ${newest.generation} is used, which may not be the last`,
    );
    const found: KeptObject[] = [];
    for (const name of Object.keys(newest?.entries ?? {})) {
      const last = await read(newest, name);
      const object = last ?? (await read(before, name));
      if (object !== undefined) found.push(object);
      if (last === undefined) damage.push(`${name} is damaged: ${object ? 'the one before it is used' : 'it is lost'}`);
    }
    return { objects: found, whole: newest !== undefined && damage.length === 0, damage };
  };

  /** The entries of the next generation; what is not there yet is written. */
  async function keep(last: Index, set: readonly KeptObject[], removed: readonly string[]): Promise<Entries> {
    const entries = new Map(Object.entries(last.entries));
    for (const name of removed) entries.delete(name);
    const upgraded =
      last.generation === 0 ? await readAll(last, new Set([...removed, ...set.map((one) => one.key)])) : [];
    for (const one of [...upgraded, ...set]) entries.set(one.key, await objects.keep(one, last.entries[one.key]));
    return Object.fromEntries(entries);
  }

  /** What the format before has, so that it is written anew. */
  async function readAll(index: Index, except: ReadonlySet<string>): Promise<readonly KeptObject[]> {
    const all: KeptObject[] = [];
    for (const name of Object.keys(index.entries)) {
      const object = except.has(name) ? undefined : await read(index, name);
      if (object !== undefined) all.push(object);
    }
    return all;
  }

  const apply: Checkpoint['apply'] = async (set, removed) => {
    await files.makeDirectory(dir);
    await files.makeDirectory(objectDir);
    const { generations, damaged } = await find();
    const [newest = NOTHING] = generations;
    try {
      const entries = await keep(newest, set, removed);
      const same = JSON.stringify(entries) === JSON.stringify(newest.entries);
      if (same && newest.generation > 0 && damaged.length === 0) return;
      const next: Index = { generation: newest.generation + 1, entries };
      await objects.sync();
      await replaceFile(files, join(dir, slotOf(next.generation)), formatIndex(next));
      await files.syncDirectory(dir);
      await files.remove(join(dir, OLD_INDEX));
      await objects.removeOthers([next.entries, newest.generation > 0 ? newest.entries : {}]);
    } catch (error) {
      // What was begun takes no room on a disk that is full.
      await objects.removeOthers((await find()).generations.map((index) => index.entries));
      for (const name of SLOTS) await files.remove(join(dir, `${name}.new`));
      throw error;
    }
  };

  return {
    load: () => inTurn(load),
    apply: (set, removed) =>
      inTurn(async () => {
        try {
          await apply(set, removed);
        } catch (error) {
          throw inWords(error);
        }
      }),
  };
}

/** The disk's errors as the port's; anything else is a bug. */
function inWords(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new CheckpointError(full ? 'no-space' : 'failed', full ? 'the disk is full' : error.message, { cause: error });
}
