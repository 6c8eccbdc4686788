/**
 * Owns the view of the cluster: lists the store, follows its watch, and tells its listeners what changed. All that
 * needs the view are its children: when the view fails, they start again with it.
 */

import type { Behavior, Context, Message, Ref, SpawnOptions } from '../../common/actor/types.ts';
import {
  type Bookmark,
  type Change,
  type Entry,
  type Revision,
  type Store,
  StoreError,
} from '../../common/store/store.ts';
import type { Changed } from '../core/reconcile.ts';
import { keyText } from '../core/reconcile.ts';
import { ClusterView } from '../core/view.ts';
import type { ListSource } from '../ports.ts';
import { listSource } from './list-source.ts';

/** What changed since the last news. The view is live: it holds these changes, and maybe newer ones. */
export type News = { readonly type: 'news'; readonly view: ClusterView; readonly changes: readonly Changed[] };
export type Listener = { tell(msg: News): boolean };

export type ClusterMessage =
  /** Answered by news of everything there is, then of each change. */
  | { readonly type: 'subscribe'; readonly listener: Listener }
  | { readonly type: 'drain' }
  | { readonly type: 'listed'; readonly entries: readonly Entry[]; readonly revision: Revision }
  | { readonly type: 'watchEnded'; readonly error: unknown };

/** Starts one actor that depends on the view, under the cluster's own context. */
export type Dependent = (start: Start, cluster: Ref<ClusterMessage>, lists: ListSource) => void;
export type Start = <M extends Message>(name: string, behavior: Behavior<M>, options?: SpawnOptions<M>) => Ref<M>;

/** Dependents are started in their order once the view is whole. */
export function clusterBehavior(store: Store, dependents: readonly Dependent[]): Behavior<ClusterMessage> {
  return async (self) => {
    const view = new ClusterView();
    const lists = listSource(view);
    const listeners = new Set<Listener>();
    const waiting: (Change | Bookmark)[] = [];
    let told = 0;
    /** News may hold no change: that the view is the state of a later revision is waited for as well. */
    const tellAll = (changes: readonly Changed[]): void => {
      if (changes.length === 0 && told === view.revision) return;
      told = view.revision;
      for (const listener of listeners) listener.tell({ type: 'news', view, changes });
    };
    const first = await store.list({});
    replace(view, first.entries, first.revision);
    follow(self, store, waiting, first.revision);
    const start: Start = (name, behavior, options) => self.spawn(name, behavior, options);
    for (const dependent of dependents) dependent(start, self.ref, lists);
    return {
      on: {
        subscribe: ({ listener }) => {
          listeners.add(listener);
          listener.tell({ type: 'news', view, changes: view.entries().map(additionOf) });
        },
        drain: () => {
          const changes = waiting.splice(0).flatMap((change) => {
            if (change.type === 'bookmark') {
              view.advance(change.revision);
              return [];
            }
            const changed = view.apply(change.key, change.type === 'put' ? change.object : undefined);
            return changed === undefined ? [] : [changed];
          });
          lists.advanced();
          tellAll(changes);
        },
        watchEnded: ({ error }) => {
          if (!(error instanceof StoreError && error.code === 'gone')) throw error;
          waiting.length = 0;
          self.log.info({ error: error.message }, 'the watch is too old: listing again');
          self.pipe(
            () => store.list({}),
            (list) => ({ type: 'listed', ...list }),
            (why) => ({ type: 'watchEnded', error: why }),
          );
        },
        listed: ({ entries, revision }) => {
          tellAll(replace(view, entries, revision));
          lists.advanced();
          follow(self, store, waiting, revision);
        },
      },
    };
  };
}

/** What is there, told to somebody who knows nothing yet. */
export function additionOf({ key, object }: Pick<Entry, 'key' | 'object'>): Changed {
  return { key, after: object };
}

/** Follows the watch; what it brings waits in `waiting` until the actor's next turn, so that a burst is one message. */
function follow(self: Context<ClusterMessage>, store: Store, waiting: (Change | Bookmark)[], after: Revision): void {
  self.pipe(
    async (signal) => {
      for await (const change of store.watch({}, after, signal)) {
        waiting.push(change);
        if (waiting.length === 1) self.ref.tell({ type: 'drain' });
      }
    },
    () => ({ type: 'watchEnded', error: new Error('the watch of the store has ended') }),
    (error) => ({ type: 'watchEnded', error }),
  );
}

/** Makes the view hold exactly these entries; answers the differences. */
function replace(view: ClusterView, entries: readonly Entry[], revision: Revision): readonly Changed[] {
  const there = new Set(entries.map(({ key }) => keyText(key)));
  const removed = view.entries().filter(({ key }) => !there.has(keyText(key)));
  const changes = [
    ...removed.map(({ key }) => view.apply(key, undefined)),
    ...entries.map(({ key, object }) => {
      const old = view.get(key)?.metadata;
      const same = old !== undefined && old.resourceVersion === object.metadata.resourceVersion;
      return same ? undefined : view.apply(key, object);
    }),
  ];
  view.advance(revision);
  return changes.filter((change) => change !== undefined);
}
