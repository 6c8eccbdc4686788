/**
 * Mirror pods: how the API shows the static pods of a device. The device alone says which there are; the API neither rules
 * nor changes them, and a mirror that is deleted comes back as long as the device runs its pod.
 */

import { deepEqual } from '../../common/lib/deep.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Node } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import { forbiddenField } from '../../common/model/rules/cause.ts';
import { mirrorAnnotation, mirrorOf } from '../../common/model/static-pods.ts';
import { forbidden, type Status, type StatusCause } from '../../common/model/status.ts';
import { controlledBy, keyOf } from './owners.ts';
import type { View } from './reconcile.ts';

/** A static pod as its device names it. */
export type StaticPodName = { readonly namespace: string; readonly name: string; readonly uid: string };
export type Comparison = { readonly surplus: readonly Pod[]; readonly lacking: readonly string[] };

/** What the mirrors of a node lack to what the device names, and which are too many; `complete`: it has no others. */
export function compareMirrors(
  view: Pick<View, 'get' | 'podsOnNode'>,
  node: string,
  named: readonly StaticPodName[],
  complete: boolean,
): Comparison {
  const mirrors = (view.podsOnNode(node) as readonly Pod[]).filter((pod) => mirrorOf(pod) !== undefined);
  const owner = view.get(keyOf('nodes', { name: node }))?.metadata.uid;
  const right = (pod: Pod, { namespace, name, uid }: StaticPodName) =>
    mirrorOf(pod) === uid &&
    pod.metadata.namespace === namespace &&
    pod.metadata.name === name &&
    pod.metadata.deletionTimestamp === undefined &&
    pod.metadata.ownerReferences?.some((reference) => reference.uid === owner) === true;
  const inTheWay = ({ metadata }: Pod) =>
    named.some(({ namespace, name }) => namespace === metadata.namespace && name === metadata.name);
  return {
    surplus: mirrors.filter((pod) => !named.some((one) => right(pod, one)) && (complete || inTheWay(pod))),
    lacking: named.filter((one) => !mirrors.some((pod) => right(pod, one))).map(({ uid }) => uid),
  };
}

/** The mirror as it is stored: owned by its Node. In words why not: a device makes mirrors of its own pods only. */
export function admitMirror(node: Node, said: KubeObject): KubeObject | string {
  const { name } = node.metadata;
  const pod = said as Pod;
  if (said.kind !== 'Pod' || mirrorOf(said) === undefined)
    return `a pod with the annotation ${mirrorAnnotation} is accepted`;
  if (pod.spec.nodeName !== name) return `spec.nodeName: found ${String(pod.spec.nodeName)}, accepted is ${name}`;
  if (!said.metadata.name.endsWith(`-${name}`)) return `metadata.name: must end in -${name}`;
  const { labels, annotations, namespace } = said.metadata;
  return {
    ...said,
    metadata: {
      name: said.metadata.name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [{ ...controlledBy(node), blockOwnerDeletion: false }],
    },
  };
}

/** The 403 for a mirror that is made by anybody else than its device. */
export function forbiddenMirror(said: unknown): Status | undefined {
  const { metadata } = said as Partial<KubeObject>;
  const annotations = metadata?.annotations;
  if (typeof annotations !== 'object' || annotations === null || !Object.hasOwn(annotations, mirrorAnnotation)) {
    return undefined;
  }
  return forbidden('pods', String(metadata?.name), `only a device makes mirror pods (annotation ${mirrorAnnotation})`);
}

/** Why a pod may not be changed so: nothing but its bookkeeping in a mirror, and no pod becomes one or ceases to be one. */
export function frozenMirror(next: KubeObject, stored: KubeObject): readonly StatusCause[] {
  if (mirrorOf(stored) !== mirrorOf(next)) {
    return [forbiddenField(`metadata.annotations[${mirrorAnnotation}]`, 'may not be added, changed or removed')];
  }
  if (mirrorOf(stored) === undefined) return [];
  const shown = ({ spec, metadata: { labels, annotations } }: KubeObject) => ({ spec, labels, annotations });
  if (deepEqual(shown(next), shown(stored))) return [];
  return [forbiddenField('', 'this is a mirror pod: change its manifest on the device')];
}
