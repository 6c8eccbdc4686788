/** Which devices have to ask again because of changes. */

import { deepEqual } from '../../common/lib/deep.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import { gateStates, referencesOf } from './desired.ts';
import type { Changed, Key } from './reconcile.ts';
import { keyText } from './reconcile.ts';
import type { ClusterView } from './view.ts';

/** The nodes whose pods, or ConfigMaps and Secrets of their pods, changed in more than what the devices say. */
export function touchedNodes(changes: readonly Changed[], view: ClusterView): ReadonlySet<string> {
  const nodes = new Set<string>();
  for (const change of changes) {
    const { key, before, after } = change;
    if (key.resource === 'configmaps' || key.resource === 'secrets') {
      for (const node of readersOf(key, view)) nodes.add(node);
    }
    if (key.resource !== 'pods' || isStatusOnly(before, after)) continue;
    for (const pod of [before, after]) {
      const node = (pod as Pod | undefined)?.spec.nodeName;
      if (node !== undefined) nodes.add(node);
    }
  }
  return nodes;
}

function readersOf(key: Key, view: ClusterView): readonly string[] {
  const text = keyText(key);
  const nodes: string[] = [];
  for (const pod of view.list('pods', key.namespace) as readonly Pod[]) {
    const { nodeName } = pod.spec;
    if (nodeName === undefined || !readsAny(pod)) continue;
    if (referencesOf(pod).some((one) => keyText(one) === text)) nodes.push(nodeName);
  }
  return nodes;
}

/** Whether the pod may read a ConfigMap or Secret at all: a quick look, as there may be many thousands of pods. */
function readsAny({ spec: { volumes, imagePullSecrets, containers, initContainers } }: Pod): boolean {
  if (volumes !== undefined || imagePullSecrets !== undefined || initContainers !== undefined) return true;
  return containers.some(({ env, envFrom }) => env !== undefined || envFrom !== undefined);
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
