/** The objects of a checkpoint: one file each, named by the hash of what is in it; Secrets are sealed. */
import { join } from 'node:path';
import * as z from 'zod';
import type { KubeObject } from '../../../common/model/meta.ts';
import type { KeptObject } from '../../ports/checkpoint.ts';
import { type Entries, jsonOf, sha256 } from './checkpoint-index.ts';
import type { DeviceKey } from './device-key.ts';
import { type DurableFiles, replaceFile } from './durable-files.ts';
import { seal, unseal } from './seal.ts';

type Entry = Entries[string];
export type ObjectFiles = {
  /** Undefined when it is missing or damaged. */
  read(key: string, entry: Entry): Promise<KubeObject | undefined>;
  /** Writes what is not there yet: `known` is where the same key was before. Durable after `sync`. */
  keep(entry: KeptObject, known: Entry | undefined): Promise<Entry>;
  sync(): Promise<void>;
  /** Removes what none of these refers to. */
  removeOthers(kept: readonly Entries[]): Promise<void>;
};

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

export function objectFiles(dir: string, files: DurableFiles, key: DeviceKey): ObjectFiles {
  const intact = async ({ file }: Entry): Promise<Buffer | undefined> => {
    const content = await files.read(join(dir, file));
    return typeof content !== 'string' && sha256(content) === file ? content : undefined;
  };
  const read: ObjectFiles['read'] = async (name, entry) => {
    const content = await intact(entry);
    const plain = content && entry.sealed ? await open(content, about(name, entry.digest)) : content;
    const object = plain && objectSchema.safeParse(jsonOf(plain));
    return object?.success ? (object.data as KubeObject) : undefined;
  };
  return {
    read,
    keep: async ({ key: name, digest, object }, known) => {
      const sealed = object.kind === 'Secret';
      if (known?.digest === digest && (known.sealed ?? false) === sealed && (await read(name, known))) return known;
      const plain = Buffer.from(JSON.stringify(object));
      const content = sealed ? seal(await key.make(), plain, about(name, digest)) : plain;
      const file = sha256(content);
      if (!(await intact({ digest, file }))) await replaceFile(files, join(dir, file), content);
      return { digest, file, ...(sealed ? { sealed } : {}) };
    },
    sync: () => files.syncDirectory(dir),
    removeOthers: async (kept) => {
      const names = new Set(kept.flatMap((entries) => Object.values(entries).map(({ file }) => file)));
      for (const name of await files.list(dir)) if (!names.has(name)) await files.remove(join(dir, name));
    },
  };

  async function open(content: Buffer, what: string): Promise<Buffer | undefined> {
    const known = await key.read();
    return known === undefined ? undefined : unseal(known, content, what);
  }
}

/** A sealed object opens under its own key and digest only: files can not be exchanged for each other. */
const about = (key: string, digest: string): string => `${key}\n${digest}`;
