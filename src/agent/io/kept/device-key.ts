/**
 * The device's own key, in a file that only root may read. It is made when it is first needed. It keeps Secrets out of what
 * is copied of the checkpoint; whoever has the whole disk has it too (docs/decisions/0007-sealed-secrets.md).
 */
import { createHash, randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { type DurableFiles, replaceFile } from './durable-files.ts';
import { KEY_BYTES } from './seal.ts';

export type DeviceKey = {
  /** Undefined when there is none, or a damaged one. */
  read(): Promise<Buffer | undefined>;
  /** As `read`; makes a new one where there is none. Rejects with the disk's error. */
  make(): Promise<Buffer>;
};

/** The file holds the key and a checksum, in hexadecimal. */
export function deviceKey(path: string, files: DurableFiles): DeviceKey {
  let known: Buffer | undefined;
  const read = async (): Promise<Buffer | undefined> => {
    if (known !== undefined) return known;
    const content = await files.read(path);
    known = typeof content === 'string' ? undefined : parse(content);
    return known;
  };
  return {
    read,
    make: async () => {
      const there = await read();
      if (there !== undefined) return there;
      const made = randomBytes(KEY_BYTES);
      await files.makeDirectory(dirname(path));
      await replaceFile(files, path, Buffer.from(`${made.toString('hex')} ${checksum(made)}\n`));
      await files.syncDirectory(dirname(path));
      known = made;
      return made;
    },
  };
}

function parse(content: Buffer): Buffer | undefined {
  const [, hex = '', sum] = /^([0-9a-f]{64}) ([0-9a-f]{16})\n$/.exec(content.toString('latin1')) ?? [];
  const key = Buffer.from(hex, 'hex');
  return key.length === KEY_BYTES && checksum(key) === sum ? key : undefined;
}

const checksum = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 16);
