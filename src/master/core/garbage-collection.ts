/**
 * Deletes what nobody owns any more. The key is any object. As a dependent, it goes when all its owners are gone, each
 * told by its uid: a new object of an owner's name is not the owner. As an owner that is being deleted, it is held by
 * a finalizer until its dependents are gone (Foreground) or let go of it (Orphan).
 */

import { kindFor } from '../../common/model/kinds.ts';
import type { KubeObject, OwnerReference } from '../../common/model/meta.ts';
import { foregroundFinalizer, orphanFinalizer } from './deletion.ts';
import type { Changed, Controller, Entry, Key, Outcome, View, Write } from './reconcile.ts';

/** The controller that cascades deletions. */
export const garbageCollection: Controller = { name: 'garbage-collector', touched, reconcile };

function touched({ key, before, after }: Changed, view: View): readonly Key[] {
  const object = after ?? before;
  const uid = object?.metadata.uid;
  const itself = after !== undefined && (refersToOwners(after) || isHeld(after)) ? [key] : [];
  // Owners see dependents go, or let go.
  const owners = [before, after]
    .flatMap((side) => side?.metadata.ownerReferences ?? [])
    .map((owner) => view.byUid(owner.uid))
    .filter((entry) => entry !== undefined && isHeld(entry.object))
    .map((entry) => (entry as Entry).key);
  // Dependents see their owner go, or wait for them. What else changes in an owner does not concern them.
  const going = after === undefined || isHeld(after) || before?.metadata.uid !== uid;
  const dependents = uid !== undefined && going ? view.dependents(uid).map((entry) => entry.key) : [];
  const replaced = before !== undefined && after !== undefined && before.metadata.uid !== uid ? before : undefined;
  const former = view.dependents(replaced?.metadata.uid ?? '').map((entry) => entry.key);
  return [...itself, ...owners, ...dependents, ...former];
}

function reconcile(view: View, key: Key): Outcome {
  const object = view.get(key);
  if (object === undefined) return { writes: [] };
  const held = release(view, key, object);
  return { writes: held ?? collect(view, key, object) };
}

/** The writes for an owner that a finalizer of this controller holds; undefined when none does. */
function release(view: View, key: Key, object: KubeObject): readonly Write[] | undefined {
  if (!isHeld(object)) return undefined;
  const uid = object.metadata.uid ?? '';
  const dependents = view.dependents(uid);
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(orphanFinalizer)) {
    if (dependents.length > 0) return dependents.map((entry) => letGo(entry, [uid]));
    return [withoutFinalizer(key, object, orphanFinalizer)];
  }
  const blocking = dependents.filter(({ object: { metadata } }) =>
    metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
  );
  if (blocking.length === 0) return [withoutFinalizer(key, object, foregroundFinalizer)];
  return [];
}

/** Deletes a dependent without a living owner; of one that has others, takes the dead references away. */
function collect(view: View, key: Key, object: KubeObject): readonly Write[] {
  const { ownerReferences: owners = [], deletionTimestamp, uid, resourceVersion } = object.metadata;
  if (owners.length === 0 || deletionTimestamp !== undefined || uid === undefined) return [];
  // An owner of a kind that is not stored here may well exist elsewhere.
  const unknown = owners.filter((owner) => kindFor(owner.apiVersion, owner.kind) === undefined);
  if (unknown.length > 0) return [];
  const gone = owners.filter((owner) => stateOf(view, owner) === 'gone');
  const waiting = owners.filter((owner) => stateOf(view, owner) === 'waiting');
  if (gone.length + waiting.length < owners.length) {
    const dead = [...gone, ...waiting].map((owner) => owner.uid);
    return dead.length > 0 ? [letGo({ key, object }, dead)] : [];
  }
  // Whoever waits in the foreground waits for the dependents of this one too.
  const held = waiting.length > 0 && view.dependents(uid).length > 0;
  const propagationPolicy = held ? 'Foreground' : 'Background';
  return [{ type: 'delete', key, uid, ...(resourceVersion !== undefined && { resourceVersion }), propagationPolicy }];
}

/** `waiting`: it is deleted in the foreground, so it goes after its dependents. */
function stateOf(view: View, owner: OwnerReference): 'there' | 'waiting' | 'gone' {
  const found = view.byUid(owner.uid)?.object;
  if (found === undefined) return 'gone';
  const { deletionTimestamp, finalizers = [] } = found.metadata;
  return deletionTimestamp !== undefined && finalizers.includes(foregroundFinalizer) ? 'waiting' : 'there';
}

function refersToOwners(object: KubeObject): boolean {
  return (object.metadata.ownerReferences ?? []).length > 0;
}

function isHeld({ metadata }: KubeObject): boolean {
  const { deletionTimestamp, finalizers = [] } = metadata;
  if (deletionTimestamp === undefined) return false;
  return finalizers.includes(foregroundFinalizer) || finalizers.includes(orphanFinalizer);
}

function withoutFinalizer(key: Key, { metadata }: KubeObject, finalizer: string): Write {
  const finalizers = (metadata.finalizers ?? []).filter((name) => name !== finalizer);
  return { type: 'patch', key, patch: { metadata: { ...versionOf(metadata), finalizers } } };
}

function letGo({ key, object: { metadata } }: Entry, owners: readonly string[]): Write {
  const ownerReferences = (metadata.ownerReferences ?? []).filter((owner) => !owners.includes(owner.uid));
  return { type: 'patch', key, patch: { metadata: { ...versionOf(metadata), ownerReferences } } };
}

/** Lists in a merge patch are replaced whole: only the version that they were read from may be written over. */
function versionOf({ uid, resourceVersion }: KubeObject['metadata']) {
  return { uid, ...(resourceVersion !== undefined && { resourceVersion }) };
}
