/** Log files in memory, for their rotation: names and sizes. */

import { type ContainerLogs, type LogFiles, LogFilesError } from '../../src/agent/ports/log-files.ts';
import type { PodName } from '../../src/agent/ports/pod-files.ts';

export class FakeLogFiles implements LogFiles {
  /** Whether the disk is full: nothing can be written. */
  full = false;
  readonly #folders = new Map<string, { pod: PodName; container: string; sizes: Map<string, number> }>();

  /** Bytes in a log. */
  put(pod: PodName, container: string, name: string, size: number): void {
    const dir = `${pod.uid}/${container}`;
    const folder = this.#folders.get(dir) ?? { pod, container, sizes: new Map<string, number>() };
    folder.sizes.set(name, size);
    this.#folders.set(dir, folder);
  }

  names(pod: PodName, container: string): readonly string[] {
    return [...this.#sizes(`${pod.uid}/${container}`).keys()].sort();
  }

  async list(): Promise<readonly ContainerLogs[]> {
    return [...this.#folders].map(([dir, { pod, container, sizes }]) => ({
      ...{ dir, pod, container },
      files: [...sizes].map(([name, size]) => ({ name, size })),
    }));
  }

  async remove(dir: string, name: string): Promise<void> {
    this.#sizes(dir).delete(name);
  }

  async rename(dir: string, name: string, to: string): Promise<void> {
    const size = this.#sizes(dir).get(name);
    if (size === undefined) throw new LogFilesError('failed', `rename ${name}: ENOENT`);
    this.#sizes(dir).delete(name);
    this.#sizes(dir).set(to, size);
  }

  async compress(dir: string, name: string, to: string): Promise<void> {
    if (this.full) throw new LogFilesError('full', `compress ${name}: ENOSPC`);
    await this.rename(dir, name, to);
  }

  async exists(dir: string, name: string): Promise<boolean> {
    return this.#sizes(dir).has(name);
  }

  #sizes(dir: string): Map<string, number> {
    const folder = this.#folders.get(dir);
    if (folder === undefined) throw new Error(`no folder ${dir}`);
    return folder.sizes;
  }
}
