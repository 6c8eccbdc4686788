/**
 * What a watch knows, and what it tells: pure. A list or a change goes in, the events that follow from it come out,
 * with strictly increasing revisions for each object. Each change names the revision of the one before it on the
 * same key, so that a lost message shows as soon as the key changes again.
 */

import type { KubeObject } from '../model/meta.ts';
import { token } from './subjects.ts';

export type WatchEvent =
  /** `object` as it is now; of a DELETED one as it last was, with the revision of its deletion. */
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** Everything that was there when the watch began has been told. Comes once. */
  | { readonly type: 'SYNCED'; readonly resourceVersion: string };
export type ObjectEvent = Exclude<WatchEvent, { type: 'SYNCED' }>;

/** One message of `bramble.watch.*`. `previous` is the revision of the key's change before it, 0 for none. */
export type WatchChange = {
  readonly key: string;
  readonly revision: number;
  readonly previous: number;
  /** Absent: the object was deleted. */
  readonly object?: KubeObject;
};

export type WatchState = {
  /** The differences that a list makes; undefined when it is older than what is known: list again. */
  listed(items: readonly KubeObject[], revision: number): readonly ObjectEvent[] | undefined;
  /** The event of a change, if any; `gap` when changes are missing before it: list, then offer it again. */
  changed(change: WatchChange): ObjectEvent | 'gap' | undefined;
};

/** Text under which an object stands: the last two tokens of its subject. */
export function watchKey(object: KubeObject): string {
  return `${token(object.metadata.namespace)}.${token(object.metadata.name)}`;
}

/** `selects` says whether the watcher wants an object; one that stops being wanted is told as DELETED. */
export function createWatchState(selects: (object: KubeObject) => boolean): WatchState {
  const shown = new Map<string, KubeObject>();
  /** Last change of each key since the list; of the others it is at most the list's revision. */
  const revisions = new Map<string, number>();
  let listRevision = 0;
  let highest = 0;

  return {
    listed(items, revision) {
      if (revision < highest) return undefined;
      const gone = new Map(shown);
      const events: ObjectEvent[] = [];
      for (const object of items) {
        const key = watchKey(object);
        const before = shown.get(key);
        gone.delete(key);
        if (before?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
        shown.set(key, object);
        events.push({ type: before === undefined ? 'ADDED' : 'MODIFIED', object });
      }
      for (const [key, object] of gone) {
        shown.delete(key);
        events.push({ type: 'DELETED', object: atRevision(object, revision) });
      }
      revisions.clear();
      listRevision = revision;
      highest = revision;
      return events;
    },

    changed({ key, revision, previous, object }) {
      // A list may hold an object that is younger than the list.
      const seen = Math.max(revisions.get(key) ?? listRevision, Number(shown.get(key)?.metadata.resourceVersion ?? 0));
      if (revision <= seen) return undefined;
      if (previous > seen) return 'gap';
      revisions.set(key, revision);
      highest = Math.max(highest, revision);
      const before = shown.get(key);
      if (object !== undefined && selects(object)) {
        shown.set(key, object);
        return { type: before === undefined ? 'ADDED' : 'MODIFIED', object };
      }
      if (before === undefined) return undefined;
      shown.delete(key);
      return { type: 'DELETED', object: object ?? atRevision(before, revision) };
    },
  };
}

function atRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
