/** Which objects a controller manages: its own, orphans that its selector chooses, and those that it lets go. */

import { matchesSelector } from '../../common/lib/labels.ts';
import type { KubeObject, LabelSelector } from '../../common/model/meta.ts';
import { controlled, controlledBy, keyOf } from './owners.ts';
import type { View, Write } from './reconcile.ts';

export type Claim = { readonly owned: readonly KubeObject[]; readonly writes: readonly Write[] };

/**
 * What an owner manages of a resource in its namespace, with the writes that take in matching orphans and release
 * what no longer matches. What a write takes in is managed only once it is written.
 */
export function claim(view: View, owner: KubeObject, selector: LabelSelector, resource: string): Claim {
  const matches = (object: KubeObject): boolean => matchesSelector(selector, object.metadata.labels);
  const mine = controlled(view, resource, owner);
  if (owner.metadata.deletionTimestamp !== undefined) return { owned: mine.filter(matches), writes: [] };
  const living = (object: KubeObject): boolean => object.metadata.deletionTimestamp === undefined;
  const released = mine.filter((object) => !matches(object) && living(object));
  const adopted = view.orphans(resource, owner.metadata.namespace ?? '').filter((o) => matches(o) && living(o));
  return {
    owned: mine.filter(matches),
    writes: [
      ...released.map((object) =>
        owners(
          resource,
          object,
          (object.metadata.ownerReferences ?? []).filter((ref) => ref.uid !== owner.metadata.uid),
        ),
      ),
      ...adopted.map((object) =>
        owners(resource, object, [...(object.metadata.ownerReferences ?? []), controlledBy(owner)]),
      ),
    ],
  };
}

function owners(resource: string, object: KubeObject, ownerReferences: readonly unknown[]): Write {
  const { uid, resourceVersion } = object.metadata;
  return {
    type: 'patch',
    key: keyOf(resource, object.metadata),
    patch: { metadata: { uid, resourceVersion, ownerReferences } },
  };
}
