/** What the master wants of the device: its pods, and the ConfigMaps and Secrets that they read. */

import type { ConfigMap } from '../../common/model/config-map.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { Secret } from '../../common/model/secret.ts';
import { envInputs, type Input, type InputObjects, versionOf, volumeInputs } from '../core/inputs.ts';
import { podNameOf } from '../core/pod-labels.ts';
import type { PodName } from '../core/runtime-model.ts';
import type { WantedPod } from '../core/wanted-pod.ts';

/** `key` is the master's; the digest changes with what the device has to know of the object. */
export type WantedObject = { readonly key: string; readonly digest: string; readonly object: KubeObject };

/** What is wanted of one pod: nothing when there is no `wanted`. The same version is the same content. */
export type Wish = {
  readonly version: string;
  readonly wanted: WantedPod | undefined;
  readonly objects: InputObjects;
};

export type WantedSet = {
  /** Takes the place of what had the key before. */
  set(entry: WantedObject): void;
  remove(key: string): void;
  hasPod(uid: string): boolean;
  pods(): readonly PodName[];
  of(pod: PodName): Wish;
};

export function createWantedSet(): WantedSet {
  const entries = new Map<string, WantedObject>();
  const pods = new Map<string, WantedObject>();
  /** The key in `entries`, by the master's. */
  const keys = new Map<string, string>();

  const inputOf = (namespace: string, { kind, name }: Input) => entries.get(objectKey(kind, namespace, name));

  const versionIn = (namespace: string, inputs: readonly Input[]) =>
    versionOf(inputs, (input) => inputOf(namespace, input)?.digest);

  function objectsIn(namespace: string, inputs: readonly Input[]): InputObjects {
    const configMaps = new Map<string, ConfigMap>();
    const secrets = new Map<string, Secret>();
    for (const input of inputs) {
      const object = inputOf(namespace, input)?.object;
      if (object === undefined) continue;
      if (input.kind === 'ConfigMap') configMaps.set(input.name, object as ConfigMap);
      else secrets.set(input.name, object as Secret);
    }
    return { configMaps, secrets };
  }

  function remove(key: string): void {
    const local = keys.get(key);
    const entry = local === undefined ? undefined : entries.get(local);
    if (local === undefined || entry === undefined) return;
    keys.delete(key);
    entries.delete(local);
    if (entry.object.kind === 'Pod') pods.delete(podNameOf(podIn(entry)).uid);
  }

  return {
    remove,
    set(entry) {
      remove(entry.key);
      const { kind, metadata } = entry.object;
      const local = objectKey(kind, metadata.namespace ?? 'default', metadata.name);
      keys.set(entry.key, local);
      entries.set(local, entry);
      if (kind === 'Pod') pods.set(podNameOf(podIn(entry)).uid, entry);
    },
    hasPod: (uid) => pods.has(uid),
    pods: () => [...pods.values()].map((entry) => podNameOf(podIn(entry))),
    of({ uid, namespace }) {
      const entry = pods.get(uid);
      if (entry === undefined) return { version: 'nothing', wanted: undefined, objects: objectsIn(namespace, []) };
      const pod = podIn(entry);
      const inputs = [...volumeInputs(pod), ...envInputs(pod)];
      const version = versionIn(namespace, inputs);
      const volumes = versionIn(podNameOf(pod).namespace, volumeInputs(pod));
      return {
        version: `${entry.digest} ${version}`,
        wanted: { pod, inputs: version, volumes },
        objects: objectsIn(namespace, inputs),
      };
    },
  };
}

const objectKey = (kind: string, namespace: string, name: string) => `${kind}/${namespace}/${name}`;

/** The master sends what its own schema has checked; the kind says which one. */
const podIn = ({ object }: WantedObject) => object as Pod;
