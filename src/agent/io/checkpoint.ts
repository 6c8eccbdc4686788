/**
 * The checkpoint on the disk: one file an object, named by its content's hash, and an index that names them all. An
 * apply writes the new objects, then swaps the index by a rename: before it the old set holds, after it the new one.
 * Only what changed is written.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Checkpoint } from '../ports/checkpoint.ts';

const INDEX = 'index.json';
const entriesSchema = z.record(
  z.string(),
  z.strictObject({ digest: z.string(), file: z.string().regex(/^[0-9a-f]{64}$/) }),
);
const indexSchema = z.strictObject({ checksum: z.string(), entries: entriesSchema });
type Entries = z.infer<typeof entriesSchema>;
const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

/** `dir` is the checkpoint's own folder; it is made when needed, and only its owner may read it (it holds Secrets). */
export function createCheckpoint(dir: string): Checkpoint {
  const objects = join(dir, 'objects');
  let last: Promise<unknown> = Promise.resolve();
  /** One at a time, in the order of the calls. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work, work);
    last = result;
    return result;
  };

  const apply: Checkpoint['apply'] = async (set, removed) => {
    await mkdir(objects, { recursive: true, mode: 0o700 });
    const before = (await readIndex(dir)) ?? {};
    const after = new Map(Object.entries(before));
    for (const key of removed) after.delete(key);
    for (const { key, digest, object } of set) {
      const content = Buffer.from(JSON.stringify(object));
      const file = sha256(content);
      if (before[key]?.file !== file || !(await intact(join(objects, file), file))) {
        await writeDurably(join(objects, file), content);
      }
      after.set(key, { digest, file });
    }
    const entries = Object.fromEntries(after);
    if (JSON.stringify(entries) !== JSON.stringify(before)) {
      await syncDir(objects);
      await writeDurably(join(dir, INDEX), Buffer.from(JSON.stringify({ checksum: checksumOf(entries), entries })));
      await syncDir(dir);
    }
    await removeOthers(objects, new Set(Object.values(entries).map(({ file }) => file)));
  };

  const load: Checkpoint['load'] = async () => {
    const entries = await readIndex(dir);
    if (entries === undefined) return { objects: new Map(), lost: [INDEX] };
    const found = new Map<string, { digest: string; object: KubeObject }>();
    const lost: string[] = [];
    for (const [key, { digest, file }] of Object.entries(entries)) {
      const object = await readObject(join(objects, file), file);
      if (object === undefined) lost.push(key);
      else found.set(key, { digest, object });
    }
    return { objects: found, lost };
  };
  return { load: () => inTurn(load), apply: (set, removed) => inTurn(() => apply(set, removed)) };
}

/** No index is an empty one; undefined when it is damaged. */
async function readIndex(dir: string): Promise<Entries | undefined> {
  const text = await readIfThere(join(dir, INDEX));
  if (text === undefined) return {};
  const index = indexSchema.safeParse(jsonOf(text));
  return index.success && index.data.checksum === checksumOf(index.data.entries) ? index.data.entries : undefined;
}

/** Undefined when it is missing or damaged. */
async function readObject(path: string, hash: string): Promise<KubeObject | undefined> {
  const content = await readIfThere(path);
  if (content === undefined || sha256(content) !== hash) return undefined;
  const object = objectSchema.safeParse(jsonOf(content));
  return object.success ? (object.data as KubeObject) : undefined;
}

async function intact(path: string, hash: string): Promise<boolean> {
  const content = await readIfThere(path);
  return content !== undefined && sha256(content) === hash;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined; // no JSON: the schema refuses it as it refuses any other damage
  }
}

/** A file of that name holds all of the content or does not exist, also after a power cut. */
async function writeDurably(path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Makes renames in a folder durable. */
async function syncDir(path: string): Promise<void> {
  const dir = await open(path, 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}

async function removeOthers(objects: string, kept: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(objects)) if (!kept.has(name)) await rm(join(objects, name), { force: true });
}

function checksumOf(entries: Entries): string {
  return sha256(Buffer.from(JSON.stringify(entries)));
}
function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
