/** A file that is whole after a power cut, with its checksum in the first line. Only its owner may read it. */

import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { type KeptFile, KeptFileError } from '../../ports/manifests.ts';
import { wordsOf } from '../system-errors.ts';
import { codeOf, type DurableFiles, durableFiles, replaceFile } from './durable-files.ts';

export function createKeptFile(path: string, files: DurableFiles = durableFiles): KeptFile {
  return {
    async load() {
      const found = await files.read(path);
      if (found === 'none') return undefined;
      if (found === 'unreadable') return { problem: `${path} can not be read` };
      const end = found.indexOf('\n');
      const content = found.subarray(end + 1);
      const intact = end > 0 && found.subarray(0, end).toString() === checksum(content);
      return intact ? { content } : { problem: `${path} is damaged` };
    },
    async save(content) {
      try {
        await files.makeDirectory(dirname(path));
        await replaceFile(files, path, Buffer.concat([Buffer.from(`${checksum(content)}\n`), content]));
        await files.syncDirectory(dirname(path));
      } catch (error) {
        if (codeOf(error) === undefined) throw error;
        throw new KeptFileError(`${path} can not be written: ${wordsOf(error)}`, { cause: error });
      }
    },
  };
}

function checksum(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
