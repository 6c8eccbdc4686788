/** What a request may demand of the stored object before it is done: its uid and its version. */

import type { Kind } from '../../common/model/kind.ts';
import { resourceName } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { conflict, type Status } from '../../common/model/status.ts';

/** The empty text demands nothing, as in Kubernetes. */
export type Preconditions = { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };

/** The 409 for a precondition that does not hold, or undefined. */
export function unmet(kind: Kind, stored: KubeObject, wanted: Preconditions): Status | undefined {
  const { uid, resourceVersion, name } = stored.metadata;
  if (wanted.uid && wanted.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`;
    return conflict(resourceName(kind), name, why);
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion) return conflict(resourceName(kind), name);
  return undefined;
}
