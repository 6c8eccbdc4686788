/** Which devices have to ask again because of changes. */

import { deepEqual } from '../../common/lib/deep.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import { gateStates } from './desired.ts';
import type { Changed } from './reconcile.ts';
import type { ClusterView } from './view.ts';

/** The nodes whose pods, or ConfigMaps and Secrets of their pods, changed in more than what the devices say. */
export function touchedNodes(changes: readonly Changed[], view: ClusterView): ReadonlySet<string> {
  const nodes = new Set<string>();
  for (const change of changes) {
    const { key, before, after } = change;
    if (key.resource === 'configmaps' || key.resource === 'secrets') {
      for (const pod of view.readers(key) as readonly Pod[]) {
        if (pod.spec.nodeName !== undefined) nodes.add(pod.spec.nodeName);
      }
    }
    if (key.resource !== 'pods' || isStatusOnly(before, after)) continue;
    for (const pod of [before, after]) {
      const node = (pod as Pod | undefined)?.spec.nodeName;
      if (node !== undefined) nodes.add(node);
    }
  }
  return nodes;
}

function isStatusOnly(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const acted = (object: KubeObject) => ({
    spec: object.spec,
    metadata: { ...object.metadata, resourceVersion: undefined, managedFields: undefined },
    gates: gateStates(object),
  });
  return deepEqual(acted(before), acted(after));
}
