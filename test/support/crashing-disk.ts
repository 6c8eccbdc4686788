/**
 * A disk in memory that loses what was not made durable when the power goes: content that was not written to its end is cut off,
 * names that were not synced are there or not, each by chance.
 */

import type { DurableFiles } from '../../src/agent/io/kept/durable-files.ts';

type File = { content: Buffer; whole: boolean };
export class PowerCut extends Error {}

export class CrashingDisk implements DurableFiles {
  /** By path: what programs see. */
  readonly names = new Map<string, File>();
  /** By path: what is on the disk for certain; undefined: nothing of that name. */
  readonly #durable = new Map<string, File>();
  /** Steps until the power goes. */
  left = Number.POSITIVE_INFINITY;
  /** What a write rejects with, as on a full disk; half of the content is there then. */
  failing: ((path: string) => NodeJS.ErrnoException | undefined) | undefined;

  makeDirectory = async (): Promise<void> => this.#step();

  list = async (path: string): Promise<readonly string[]> =>
    [...this.names.keys()].filter((name) => folderOf(name) === path).map((name) => name.slice(path.length + 1));

  read = async (path: string): Promise<Buffer | 'none'> => this.names.get(path)?.content ?? 'none';

  write = async (path: string, content: Buffer): Promise<void> => {
    const file: File = { content: content.subarray(0, content.length / 2), whole: false };
    if (this.left === 0) this.names.set(path, file);
    this.#step();
    this.names.set(path, file);
    const error = this.failing?.(path);
    if (error !== undefined) throw error;
    file.content = content;
    file.whole = true;
  };

  rename = async (from: string, to: string): Promise<void> => {
    this.#step();
    const file = this.names.get(from);
    if (file === undefined) throw new Error(`no ${from}`);
    this.names.delete(from);
    this.names.set(to, file);
  };

  syncDirectory = async (path: string): Promise<void> => {
    this.#step();
    for (const name of new Set([...this.names.keys(), ...this.#durable.keys()])) {
      const file = this.names.get(name);
      if (folderOf(name) !== path) continue;
      if (file === undefined) this.#durable.delete(name);
      else this.#durable.set(name, file);
    }
  };

  remove = async (path: string): Promise<void> => {
    this.#step();
    this.names.delete(path);
  };

  /** Power is back: what was not durable is there or not, as `chance` (0 to 1) says for each name. */
  restart(chance: () => number): void {
    this.left = Number.POSITIVE_INFINITY;
    for (const name of new Set([...this.names.keys(), ...this.#durable.keys()])) {
      const [now, before] = [this.names.get(name), this.#durable.get(name)];
      const file = now !== before && chance() < 0.5 ? before : now;
      if (file === undefined) {
        this.names.delete(name);
        this.#durable.delete(name);
        continue;
      }
      const content = file.whole ? file.content : file.content.subarray(0, Math.floor(chance() * file.content.length));
      this.names.set(name, { content, whole: true });
      this.#durable.set(name, { content, whole: true });
    }
  }

  /** Without power nothing has an effect any more. */
  #step(): void {
    this.left -= 1;
    if (this.left < 0) throw new PowerCut('the power is gone');
  }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
