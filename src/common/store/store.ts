/**
 * The store's port: one ordered, versioned map from keys to objects, as etcd is for Kubernetes.
 * Every implementation passes one contract suite. Values are whole objects as JSON data; the store does not
 * look into them, but stamps `metadata.resourceVersion` (the revision, as decimal text) on what it hands out.
 */

import type { KubeObject } from '../model/meta.ts';

/** Position in the one order of all writes of the cluster; grows with every write. */
export type Revision = number;

/** Names one object: the plural of its kind, its namespace (absent for cluster-scoped kinds) and its name. */
export type StoreKey = { readonly resource: string; readonly namespace?: string; readonly name: string };

/** Narrows a list or watch; absent fields match everything. */
export type StoreScope = { readonly resource?: string; readonly namespace?: string };

/** A stored object with the revision of its last write. */
export type Entry = { readonly key: StoreKey; readonly revision: Revision; readonly object: KubeObject };

/** One write as a watcher sees it. `deleted` carries the revision of the deletion. */
export type Change =
  | { readonly type: 'put'; readonly key: StoreKey; readonly revision: Revision; readonly object: KubeObject }
  | { readonly type: 'deleted'; readonly key: StoreKey; readonly revision: Revision };

/**
 * All that was told is the state at this revision. Between two bookmarks it may be the state of none: a write that another
 * one of its key has overtaken is not told, so what came after it in the one order may be there before it.
 */
export type Bookmark = { readonly type: 'bookmark'; readonly revision: Revision };

/**
 * - `exists`: create of a key that is there
 * - `conflict`: the key's last revision is not the one expected (also: it is gone)
 * - `gone`: the revision to watch from is no longer held; list again
 * - `too-large`: the value is over the store's limit
 * - `unavailable`: the store could not be reached or did not acknowledge within the limit; the write may or may not be there
 */
export type StoreErrorCode = 'exists' | 'conflict' | 'gone' | 'too-large' | 'unavailable';

/** The one error of the store's port. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A resolved promise of a write means that it is on the disk. All reject with StoreError. */
export interface Store {
  create(key: StoreKey, object: KubeObject): Promise<Revision>;
  /** Compare-and-set: writes only if the key's last revision is `expected`. */
  update(key: StoreKey, object: KubeObject, expected: Revision): Promise<Revision>;
  /** Compare-and-set deletion; answers with the deletion's own revision. */
  delete(key: StoreKey, expected: Revision): Promise<Revision>;
  get(key: StoreKey): Promise<Entry | undefined>;
  /** All entries in scope and the revision that the list is true for (watch on from `revision`). */
  list(scope: StoreScope): Promise<{ readonly entries: readonly Entry[]; readonly revision: Revision }>;
  /**
   * Every change in scope after revision `after`, in order, without loss or repetition per key, until `signal`
   * aborts; carries on over lost connections by itself. A bookmark follows whenever nothing more is known to come. Throws
   * StoreError `gone` when `after` is too old.
   */
  watch(scope: StoreScope, after: Revision, signal: AbortSignal): AsyncIterable<Change | Bookmark>;
  /** Largest value that a write may have, in bytes of JSON. */
  readonly maxBytes: number;
}
