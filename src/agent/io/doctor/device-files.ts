/** Files of a device below another root than /, such as a card that is mounted elsewhere. What is not there reads as nothing. */

import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Larger ones are none of those that the doctor reads. */
const LARGEST = 16 * 1024 * 1024;

export type DeviceFiles = {
  readonly root: string;
  /** Where a path of the device is on this machine. */
  at(path: string): string;
  text(path: string): Promise<string | undefined>;
  names(path: string): Promise<readonly string[]>;
  exists(path: string): Promise<boolean>;
  /** Milliseconds since 1970; 0 when there is no such file. */
  changedAt(path: string): Promise<number>;
};

export function deviceFiles(root: string): DeviceFiles {
  const at = (path: string) => join(root, path);
  /** A link of the device must not lead to a file of this machine. */
  const inside = async (path: string): Promise<string | undefined> => {
    const [real, top] = await Promise.all([realpath(at(path)), realpath(root)]).catch(() => [undefined, undefined]);
    if (real === undefined || top === undefined) return undefined;
    return top === '/' || real === top || real.startsWith(`${top}/`) ? real : undefined;
  };
  return {
    root,
    at,
    text: async (path) => {
      const real = await inside(path);
      if (real === undefined) return undefined;
      const found = await stat(real).catch(() => undefined);
      if (found === undefined || !found.isFile() || found.size > LARGEST) return undefined;
      return await readFile(real, 'utf8').catch(() => undefined);
    },
    names: async (path) => {
      const real = await inside(path);
      return real === undefined ? [] : await readdir(real).catch(() => []);
    },
    exists: async (path) => (await inside(path)) !== undefined,
    changedAt: async (path) => {
      const real = await inside(path);
      return real === undefined
        ? 0
        : await stat(real).then(
            ({ mtimeMs }) => mtimeMs,
            () => 0,
          );
    },
  };
}
