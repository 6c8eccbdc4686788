/**
 * The shape of every controller: a pure function from an indexed view and one key to the writes that bring the world
 * closer to what that key asks for. The controller actor performs the writes, and asks again for the same key only
 * when the view holds what it wrote (a view is never behind one's own writes), so no reconciler needs to remember
 * what it has just done.
 */

import type { KubeObject } from '../../common/model/meta.ts';

export type Millis = number;

/** Names one object: the plural of its kind, its namespace (absent for cluster-scoped kinds) and its name. */
export type Key = { readonly resource: string; readonly namespace?: string; readonly name: string };

export type Entry = { readonly key: Key; readonly object: KubeObject };

/** The cluster as of one revision. Lists are in no promised order; objects must not be changed. */
export interface View {
  /** The wall clock at this reconciliation, milliseconds since 1970: comparable with objects' timestamps. */
  readonly now: Millis;
  /** Why the writes for this key were refused last time, until a time they are not. */
  readonly failure?: string;
  get(key: Key): KubeObject | undefined;
  /** All objects of a resource, or those in one namespace. */
  list(resource: string, namespace?: string): readonly KubeObject[];
  /** Objects of any resource that name this uid in their ownerReferences. */
  dependents(ownerUid: string): readonly Entry[];
  /** Objects of a resource in a namespace that no controller manages. */
  orphans(resource: string, namespace: string): readonly KubeObject[];
  /** Objects of any resource in a namespace. */
  inNamespace(namespace: string): readonly Entry[];
  /** The object that has this uid, of any resource. */
  byUid(uid: string): Entry | undefined;
  /** Pods with this spec.nodeName. */
  podsOnNode(node: string): readonly KubeObject[];
}

/** Text under which a key can stand in a map: `pods/default/web-1`, `nodes/-/pi-7`. */
export function keyText(key: Key): string {
  return `${key.resource}/${key.namespace ?? '-'}/${key.name}`;
}

/**
 * One wish of a reconciler. The controller performs them in order; creates that stand next to each other run in
 * parallel by 1, 2, 4, …; the first that fails ends the list, and the key is tried again with backoff. A deletion of
 * what is gone has succeeded.
 */
export type Write =
  | { readonly type: 'create'; readonly resource: string; readonly object: unknown }
  /** Replaces all but the status; with metadata.resourceVersion (usual) only that version. */
  | { readonly type: 'update'; readonly key: Key; readonly object: unknown }
  /** Replaces the status only; with metadata.resourceVersion only that version. */
  | { readonly type: 'updateStatus'; readonly key: Key; readonly object: unknown }
  /** RFC 7386; a metadata.resourceVersion or metadata.uid in the patch is a precondition. */
  | {
      readonly type: 'patch';
      readonly key: Key;
      readonly patch: Readonly<Record<string, unknown>>;
      readonly subresource?: 'status';
    }
  | {
      readonly type: 'delete';
      readonly key: Key;
      readonly uid: string;
      readonly resourceVersion?: string;
      readonly gracePeriodSeconds?: number;
      readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
    }
  /** An Event about an object, as `kubectl describe` shows them; repeats are counted, not stored again. */
  | {
      readonly type: 'event';
      readonly about: KubeObject;
      readonly severity: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    };

/** A fresh suffix for names: five characters that make no words, as Kubernetes' generated names have. */
export type NewId = () => string;

/** `wakeAt`: ask again at that time (of the wall clock, as `now`) even if nothing changes. */
export type Outcome = { readonly writes: readonly Write[]; readonly wakeAt?: Millis };

export type Reconcile = (view: View, key: Key, newId: NewId) => Outcome;

/** One change of the view: both sides absent never happens; `before` absent is an addition, `after` absent a removal. */
export type Changed = { readonly key: Key; readonly before?: KubeObject; readonly after?: KubeObject };

/** What a controller is made of. `name` also stands in logs and as the source of its events. */
export type Controller = {
  readonly name: string;
  /** The keys that may have to be reconciled because of a change; asked after the view holds the change. */
  readonly touched: (change: Changed, view: View) => readonly Key[];
  readonly reconcile: Reconcile;
};
