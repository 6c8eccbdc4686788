/** Files for real, read in bounded parts. */

import { mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Files, FileTooLarge } from './io.ts';

/** All bytes of a stream. Rejects with FileTooLarge above `limit`. */
export async function collect(chunks: AsyncIterable<Uint8Array>, path: string, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of chunks) {
    size += part.length;
    if (size > limit) throw new FileTooLarge(path, limit);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export const nodeFiles: Files = {
  async read(path, limit) {
    const file = await open(path, 'r');
    try {
      return await collect(file.createReadStream({ autoClose: false }), path, limit);
    } finally {
      await file.close();
    }
  },
  async open(path) {
    const file = await open(path, 'r');
    const found = await file.stat();
    if (!found.isFile()) {
      await file.close();
      throw Object.assign(new Error('is no file'), { code: 'EISDIR' });
    }
    return {
      size: found.size,
      async read(offset, length) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
      close: () => file.close(),
    };
  },
  async isDirectory(path) {
    const handle = await open(path, 'r');
    try {
      return (await handle.stat()).isDirectory();
    } finally {
      await handle.close();
    }
  },
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, directory: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  async write(path, text) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.tmp`;
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  },
};
