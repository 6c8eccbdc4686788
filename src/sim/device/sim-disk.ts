/** What a simulated device keeps: in memory, but beyond the crashes of its agent. */

import type { Checkpoint, Kept, KeptObject } from '../../agent/ports/checkpoint.ts';
import type { EventJournal, Noted } from '../../agent/ports/event-journal.ts';
import type { KeptFile } from '../../agent/ports/manifests.ts';
import type { PodFiles, PodName, SubPath } from '../../agent/ports/pod-files.ts';
import type { Clock } from '../../common/actor/types.ts';

export class SimCheckpoint implements Checkpoint {
  readonly #objects = new Map<string, KeptObject>();

  async load(): Promise<Kept> {
    const objects = Array.from(this.#objects.values());
    return { objects, whole: objects.length > 0, damage: [] };
  }

  async apply(set: readonly KeptObject[], removed: readonly string[]): Promise<void> {
    for (const key of removed) this.#objects.delete(key);
    for (const one of set) this.#objects.set(one.key, one);
  }
}

export class SimJournal implements EventJournal {
  readonly boot: string;
  readonly #clock: Clock;
  readonly #begun: number;
  readonly #entries = new Map<string, Noted>();

  constructor(clock: Clock, boot: string) {
    this.#clock = clock;
    this.#begun = clock.now();
    this.boot = boot;
  }

  sinceBoot = (): number => this.#clock.now() - this.#begun;

  async load(): Promise<readonly Noted[]> {
    return Array.from(this.#entries.values());
  }

  async append(entries: readonly Noted[]): Promise<void> {
    for (const entry of entries) this.#entries.set(entry.name, entry);
  }

  async replace(entries: readonly Noted[]): Promise<void> {
    this.#entries.clear();
    await this.append(entries);
  }
}

export class SimKeptFile implements KeptFile {
  #content: Uint8Array | undefined;

  async load(): Promise<{ readonly content: Uint8Array } | undefined> {
    return this.#content === undefined ? undefined : { content: this.#content };
  }

  async save(content: Uint8Array): Promise<void> {
    this.#content = content;
  }
}

/** Knows which pods have something on the disk, not what: nothing reads it. */
export class SimPodFiles implements PodFiles {
  readonly #pods = new Map<string, PodName>();

  logDirectory({ namespace, name, uid }: PodName): string {
    return `/logs/${namespace}_${name}_${uid}`;
  }

  async writeVolume(pod: PodName, volume: string): Promise<string> {
    return this.#at(pod, `volumes/${volume}`);
  }

  async makeEmptyDir(pod: PodName, volume: string): Promise<string> {
    return this.#at(pod, `volumes/${volume}`);
  }

  async bindSubPath(pod: PodName, { container, index }: SubPath): Promise<string> {
    return this.#at(pod, `subpaths/${container}/${index}`);
  }

  async checkHostPath(): Promise<void> {}

  async writeFile(pod: PodName, name: string): Promise<string> {
    return this.#at(pod, `files/${name}`);
  }

  async readFile(): Promise<string> {
    return '';
  }

  async removeVolumes(): Promise<void> {}

  async remove(pod: PodName): Promise<void> {
    this.#pods.delete(pod.uid);
  }

  async list(): Promise<readonly PodName[]> {
    return Array.from(this.#pods.values());
  }

  #at(pod: PodName, path: string): string {
    this.#pods.set(pod.uid, pod);
    return `/pods/${pod.uid}/${path}`;
  }
}
