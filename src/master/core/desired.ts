/** What a device needs to run its pods, and the difference to what it has. */

import { digest } from '../../common/lib/hash.ts';
import { kinds } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { applyDefaults } from '../../common/model/parse.ts';
import type { Pod } from '../../common/model/pod.ts';
import { mirrorOf } from '../../common/model/static-pods.ts';
import { condition } from './conditions.ts';
import { keyOf } from './owners.ts';
import { isFinished } from './pod-state.ts';
import type { Key, View } from './reconcile.ts';
import { keyText } from './reconcile.ts';

/** An object under its key text `<resource>/<namespace>/<name>`. */
export type Item = { readonly key: string; readonly digest: string; readonly object: KubeObject };
export type Difference = { readonly set: readonly Item[]; readonly removed: readonly string[]; readonly more: boolean };

/** Digests of objects that do not change; a WeakMap keeps them as long as the objects. */
export type Digests = WeakMap<KubeObject, string>;

/** Largest answer in characters of JSON; a single larger object still goes, alone. */
const MOST = 512 * 1024;

/**
 * All objects that a node needs: the ConfigMaps and Secrets that its pods refer to, then the pods. Finished pods
 * stay, with their last status, until they are deleted: their logs are still asked for. Mirrors are the device's own words.
 */
export function neededBy(view: View, node: string): readonly KubeObject[] {
  const bound = view.podsOnNode(node) as readonly Pod[];
  const pods = bound.filter((pod) => mirrorOf(pod) === undefined);
  const references = new Map(
    pods
      .filter((pod) => !isFinished(pod))
      .flatMap(referencesOf)
      .map((key) => [keyText(key), key]),
  );
  const referred = Array.from(references.values(), (key) => view.get(key)).filter((object) => object !== undefined);
  return [...referred, ...pods];
}

/** What the node lacks or has otherwise, what it has too much, bounded in size. `have` are the digests by key. */
export function difference(
  needed: readonly KubeObject[],
  have: Readonly<Record<string, string>>,
  digests: Digests,
): Difference {
  const items = needed.map((object) => ({ key: keyFor(object), digest: digestOf(object, digests), object }));
  const wanted = new Set(items.map((item) => item.key));
  const lacking = items.filter((item) => !Object.hasOwn(have, item.key) || have[item.key] !== item.digest);
  const set: Item[] = [];
  let size = 0;
  for (const item of lacking) {
    size += JSON.stringify(item.object).length;
    if (set.length > 0 && size > MOST) break;
    set.push({ ...item, object: withDefaults(item.object) });
  }
  return {
    set,
    removed: Object.keys(have).filter((key) => !wanted.has(key)),
    more: set.length < lacking.length,
  };
}

/** What a device that has all that it needs, and nothing else, has by key. */
export function digestsOf(needed: readonly KubeObject[], digests: Digests): Readonly<Record<string, string>> {
  return Object.fromEntries(needed.map((object) => [keyFor(object), digestOf(object, digests)]));
}

/** What an older version has stored lacks the defaults of newer fields, which a device relies on. */
function withDefaults(object: KubeObject): KubeObject {
  return object.kind === 'Pod' ? applyDefaults(kinds.Pod, object as Pod) : object;
}

/**
 * Hash of what the device acts on: all but the version and the status, which is the device's own word. Of the status
 * only what others say counts: the conditions of the pod's readiness gates.
 */
export function digestOf(object: KubeObject, digests: Digests): string {
  const known = digests.get(object);
  if (known !== undefined) return known;
  const { status, metadata, ...rest } = object;
  const { resourceVersion: _, ...named } = metadata;
  const phase = object.kind === 'Pod' && isFinished(object as Pod) ? (status as Pod['status'])?.phase : undefined;
  const gates = gateStates(object);
  const made = digest({ ...rest, metadata: { ...named, managedFields: undefined }, phase, gates }).slice(0, 32);
  digests.set(object, made);
  return made;
}

/** What others say of a pod's readiness gates: `type=status` of each that is set. */
export function gateStates(object: KubeObject): readonly string[] {
  if (object.kind !== 'Pod') return [];
  const { spec, status } = object as Pod;
  return (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const state = condition(status?.conditions, conditionType)?.status;
    return state === undefined ? [] : [`${conditionType}=${state}`];
  });
}

/** The ConfigMaps and Secrets that a pod reads. */
export function referencesOf(pod: Pod): readonly Key[] {
  const { namespace } = pod.metadata;
  const names: [resource: string, name: string | undefined][] = [];
  for (const { name } of pod.spec.imagePullSecrets ?? []) names.push(['secrets', name]);
  for (const volume of pod.spec.volumes ?? []) {
    names.push(['configmaps', volume.configMap?.name], ['secrets', volume.secret?.secretName]);
    for (const { configMap, secret } of volume.projected?.sources ?? []) {
      names.push(['configmaps', configMap?.name], ['secrets', secret?.name]);
    }
  }
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      names.push(['configmaps', configMapRef?.name], ['secrets', secretRef?.name]);
    }
    for (const { valueFrom } of container.env ?? []) {
      names.push(['configmaps', valueFrom?.configMapKeyRef?.name], ['secrets', valueFrom?.secretKeyRef?.name]);
    }
  }
  return names.flatMap(([resource, name]) => (name === undefined ? [] : [keyOf(resource, { name, namespace })]));
}

function keyFor(object: KubeObject): string {
  const resource = object.kind === 'Pod' ? 'pods' : object.kind === 'Secret' ? 'secrets' : 'configmaps';
  return keyText(keyOf(resource, object.metadata));
}
