/** Who owns an object: controller references, and the keys that they lead to. */

import type { KubeObject, OwnerReference } from '../../common/model/meta.ts';
import type { Entry, Key, View } from './reconcile.ts';

/** The one owner that manages the object. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** The reference by which an owner manages what it makes. */
export function controlledBy(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The dependents of one resource that the owner manages. */
export function controlled(view: View, resource: string, owner: KubeObject): readonly KubeObject[] {
  const uid = owner.metadata.uid ?? '';
  const mine = (entry: Entry): boolean => entry.key.resource === resource && controllerOf(entry.object)?.uid === uid;
  return view
    .dependents(uid)
    .filter(mine)
    .map((entry) => entry.object);
}

/** The key of the object's controller when that is of the kind; else undefined. */
export function controllerKey(object: KubeObject | undefined, kind: string, resource: string): Key | undefined {
  const owner = object === undefined ? undefined : controllerOf(object);
  if (owner === undefined || owner.kind !== kind) return undefined;
  return keyOf(resource, {
    name: owner.name,
    ...(object?.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
  });
}

/** The key of an object of a resource. */
export function keyOf(
  resource: string,
  named: { readonly name: string; readonly namespace?: string | undefined },
): Key {
  return { resource, name: named.name, ...(named.namespace === undefined ? {} : { namespace: named.namespace }) };
}
