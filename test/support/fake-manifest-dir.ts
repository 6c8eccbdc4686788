/** A manifests directory in memory: what is put into it is noticed at once. */

import type { ManifestDir, ManifestFile } from '../../src/agent/ports/manifests.ts';

export class FakeManifestDir implements ManifestDir {
  readonly path = '/etc/bramble/manifests';
  readonly files = new Map<string, string>();
  /** Files that are there but can not be read, with why. */
  readonly unreadable = new Map<string, string>();
  /** Why the directory can not be listed. */
  problem: string | undefined;
  readonly #listeners = new Set<() => void>();

  write(name: string, text: string): void {
    this.files.set(name, text);
    this.#changed();
  }

  remove(name: string): void {
    this.files.delete(name);
    this.#changed();
  }

  list = async () => {
    if (this.problem !== undefined) return { problem: this.problem };
    const files: ManifestFile[] = [
      ...[...this.files].map(([name, text]) => ({ name, content: Buffer.from(text) })),
      ...[...this.unreadable].map(([name, problem]) => ({ name, problem })),
    ];
    return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  };

  watch(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
