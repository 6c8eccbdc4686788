/** Logs of containers that storm, in memory: sizes only. What is rotated is in the fake log files. */

import type { Drained, LogDiversion } from '../../src/agent/ports/log-diversion.ts';
import type { FakeLogFiles } from './fake-log-files.ts';

export class FakeLogDiversion implements LogDiversion {
  /** Sizes of logs on the disk, by path. */
  readonly disk = new Map<string, number>();
  /** Bytes that wait in memory, by container. */
  readonly memory = new Map<string, number>();
  /** Logs that stand aside. */
  readonly asides = new Set<string>();
  /** Lines that tell of what was dropped. */
  readonly notes: string[] = [];
  readonly #files: FakeLogFiles;

  constructor(files: FakeLogFiles) {
    this.#files = files;
  }

  /** The container logs so much: to where its log goes now. */
  log(id: string, path: string, bytes: number): void {
    const to = this.memory.has(id) ? { map: this.memory, key: id } : { map: this.disk, key: path };
    to.map.set(to.key, (to.map.get(to.key) ?? 0) + bytes);
  }

  sizes = (paths: readonly string[]) => paths.map((path) => this.disk.get(path));
  left = async () => [...this.memory.keys()];

  async point(path: string, id: string): Promise<void> {
    this.memory.set(id, this.memory.get(id) ?? 0);
    this.asides.add(path);
  }

  async back(path: string): Promise<void> {
    this.asides.delete(path);
  }

  async drain(id: string, path: string, most: number | 'all', note: (dropped: number) => string): Promise<Drained> {
    const there = this.memory.get(id) ?? 0;
    const kept = most === 'all' ? there : Math.min(there, most);
    if (this.memory.has(id)) this.memory.set(id, 0);
    this.disk.set(path, (this.disk.get(path) ?? 0) + kept);
    const words = note(there - kept);
    if (words !== '') this.notes.push(words);
    return { kept, dropped: there - kept };
  }

  async forget(id: string): Promise<void> {
    this.memory.delete(id);
  }

  async rename(path: string, to: string): Promise<void> {
    await this.#files.rename(...split(path), split(to)[1]);
  }

  async exists(path: string): Promise<boolean> {
    return this.#files.exists(...split(path));
  }

  async touch(): Promise<void> {}
}

/** Folder and name. */
const split = (path: string): [string, string] => {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
};
