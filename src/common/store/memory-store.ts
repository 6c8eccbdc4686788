/**
 * The store in memory: for tests and simulations. It takes and gives copies as a remote store would, and holds the
 * last changes only, so that watchers meet `gone`. Every change after `after` is seen, none is coalesced.
 */

import { SharedTexts } from '../lib/shared-texts.ts';
import type { KubeObject } from '../model/meta.ts';
import { maxObjectBytes } from '../wire/api-protocol.ts';
import {
  type Bookmark,
  type Change,
  type Entry,
  type Revision,
  type Store,
  StoreError,
  type StoreKey,
  type StoreScope,
} from './store.ts';
import { inScope, keyText } from './store-key.ts';
import { decodeValue, encodeValue } from './stored-value.ts';

export type MemoryStoreOptions = {
  /** How many of the last changes a watch can ask for. Default 10 000. */
  readonly history?: number;
  /** Largest value, in bytes of JSON. Default 1.5 MiB. */
  readonly maxBytes?: number;
};

export class MemoryStore implements Store {
  readonly maxBytes: number;
  readonly #limit: number;
  readonly #texts = new SharedTexts();
  readonly #entries = new Map<string, Entry>();
  /** The last changes; they end with revision `#revision` and have no gaps. */
  readonly #history: Change[] = [];
  readonly #sleepers = new Set<() => void>();
  #revision: Revision = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.maxBytes = options.maxBytes ?? maxObjectBytes;
    this.#limit = options.history ?? 10_000;
  }

  async create(key: StoreKey, object: KubeObject): Promise<Revision> {
    if (this.#entries.has(keyText(key))) throw new StoreError('exists', `${keyText(key)} exists already`);
    return this.#put(key, object);
  }

  async update(key: StoreKey, object: KubeObject, expected: Revision): Promise<Revision> {
    this.#expect(key, expected);
    return this.#put(key, object);
  }

  async delete(key: StoreKey, expected: Revision): Promise<Revision> {
    this.#expect(key, expected);
    this.#entries.delete(keyText(key));
    return this.#record({ type: 'deleted', key, revision: this.#revision + 1 });
  }

  async get(key: StoreKey): Promise<Entry | undefined> {
    return this.#entries.get(keyText(key));
  }

  async list(scope: StoreScope): Promise<{ readonly entries: readonly Entry[]; readonly revision: Revision }> {
    const entries = [...this.#entries.values()].filter((entry) => inScope(scope, entry.key));
    return { entries, revision: this.#revision };
  }

  async *watch(scope: StoreScope, after: Revision, signal: AbortSignal): AsyncIterable<Change | Bookmark> {
    for (let seen = after; !signal.aborted; seen += 1) {
      if (seen === this.#revision) await this.#written(signal);
      if (signal.aborted) return;
      const change = this.#history[seen - (this.#revision - this.#history.length)];
      if (change === undefined) {
        throw new StoreError('gone', `changes after revision ${seen} are not held: the store is at ${this.#revision}`);
      }
      if (inScope(scope, change.key)) yield change;
      if (change.revision === this.#revision) yield { type: 'bookmark', revision: change.revision };
    }
  }

  #put(key: StoreKey, object: KubeObject): Revision {
    const revision = this.#revision + 1;
    const copy = decodeValue(encodeValue(key, object, this.maxBytes).toString(), revision, this.#texts);
    this.#entries.set(keyText(key), { key, revision, object: copy });
    return this.#record({ type: 'put', key, revision, object: copy });
  }

  #record(change: Change): Revision {
    this.#revision = change.revision;
    this.#history.push(change);
    if (this.#history.length > this.#limit) this.#history.shift();
    for (const wake of [...this.#sleepers]) wake();
    return change.revision;
  }

  #expect(key: StoreKey, expected: Revision): void {
    const found = this.#entries.get(keyText(key))?.revision;
    if (found === expected) return;
    const state = found === undefined ? 'is not there' : `is at revision ${found}`;
    throw new StoreError('conflict', `${keyText(key)} ${state}, expected revision ${expected}`);
  }

  /** Resolves at the next write, or when the signal aborts. */
  #written(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#sleepers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
