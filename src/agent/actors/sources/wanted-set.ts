/**
 * What is wanted of the device: its pods, and the ConfigMaps and Secrets that they read. Each source has a set of its own.
 * Of pods of one namespace and name, the one that was wanted first is run; the others wait until it is not wanted any more.
 */

import type { ConfigMap } from '../../../common/model/config-map.ts';
import type { KubeObject } from '../../../common/model/meta.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { Secret } from '../../../common/model/secret.ts';
import {
  envInputs,
  type Input,
  type InputObjects,
  pullInputs,
  versionOf,
  volumeInputs,
  volumesVersion,
} from '../../core/config/inputs.ts';
import { podNameOf } from '../../core/pod/pod-labels.ts';
import type { WantedPod } from '../../core/pod/wanted-pod.ts';
import type { PodName } from '../../core/runtime-model.ts';
import type { PodSource } from '../../core/sources/pod-source.ts';

/** `key` is the source's; the digest changes with what the device has to know of the object. */
export type WantedObject = { readonly key: string; readonly digest: string; readonly object: KubeObject };

/** What is wanted of one pod: nothing when there is no `wanted`. The same version is the same content. */
export type Wish = {
  readonly version: string;
  readonly wanted: WantedPod | undefined;
  readonly objects: InputObjects;
};

/** A pod of one of the sources. `shadowedBy`: the source whose pod of this name is run instead. */
export type Claim = { readonly source: PodSource; readonly pod: Pod; readonly shadowedBy: PodSource | undefined };

export type WantedSet = {
  /** Takes the place of what had the key in this source before. */
  set(source: PodSource, entry: WantedObject): void;
  remove(source: PodSource, key: string): void;
  hasPod(uid: string): boolean;
  pods(): readonly PodName[];
  /** The pods of all sources, those that are not run too. */
  claims(): readonly Claim[];
  of(pod: PodName): Wish;
};

type Held = { readonly source: PodSource; readonly entry: WantedObject };

export function createWantedSet(): WantedSet {
  /** By source and key. */
  const all = new Map<string, Held>();
  /** ConfigMaps and Secrets, by kind, namespace and name. */
  const inputs = new Map<string, WantedObject>();
  /** Pods of one namespace and name, first wanted first, by their key in `all`. */
  const rivals = new Map<string, Map<string, Held>>();
  /** The pods that are run, by uid. */
  const pods = new Map<string, Held>();

  /** Changes who wants a pod of that name, and with it which one is run. */
  function among(name: string, change: (rivals: Map<string, Held>) => void): void {
    const those = rivals.get(name) ?? new Map<string, Held>();
    const [before] = those.values();
    change(those);
    const [now] = those.values();
    if (before !== undefined) pods.delete(uidOf(before));
    if (now !== undefined) pods.set(uidOf(now), now);
    if (those.size === 0) rivals.delete(name);
    else rivals.set(name, those);
  }

  function remove(source: PodSource, key: string): void {
    const id = `${source} ${key}`;
    const held = all.get(id);
    if (held === undefined) return;
    all.delete(id);
    const name = nameOf(held.entry);
    if (isPod(held)) among(name, (those) => void those.delete(id));
    else inputs.delete(name);
  }

  const inputOf = (namespace: string, { kind, name }: Input) => inputs.get(objectKey(kind, namespace, name));

  const versionIn = (namespace: string, wanted: readonly Input[]) =>
    versionOf(wanted, (input) => inputOf(namespace, input)?.digest);

  function objectsIn(namespace: string, wanted: readonly Input[]): InputObjects {
    const configMaps = new Map<string, ConfigMap>();
    const secrets = new Map<string, Secret>();
    for (const input of wanted) {
      const object = inputOf(namespace, input)?.object;
      if (object === undefined) continue;
      if (input.kind === 'ConfigMap') configMaps.set(input.name, object as ConfigMap);
      else secrets.set(input.name, object as Secret);
    }
    return { configMaps, secrets };
  }

  return {
    remove,
    set(source, entry) {
      const id = `${source} ${entry.key}`;
      const name = nameOf(entry);
      const before = all.get(id);
      // A new content of the same pod keeps its place among those of its name.
      if (before !== undefined && nameOf(before.entry) !== name) remove(source, entry.key);
      const held: Held = { source, entry };
      all.set(id, held);
      if (isPod(held)) among(name, (those) => void those.set(id, held));
      else inputs.set(name, entry);
    },
    hasPod: (uid) => pods.has(uid),
    pods: () => [...pods.values()].map((held) => podNameOf(podIn(held))),
    claims: () =>
      [...rivals.values()].flatMap((those) => {
        const [first, ...others] = [...those.values()];
        const claim = (held: Held, shadowedBy: PodSource | undefined) => ({
          source: held.source,
          pod: podIn(held),
          shadowedBy,
        });
        return first === undefined ? [] : [claim(first, undefined), ...others.map((held) => claim(held, first.source))];
      }),
    of({ uid, namespace }) {
      const held = pods.get(uid);
      if (held === undefined) return { version: 'nothing', wanted: undefined, objects: objectsIn(namespace, []) };
      const pod = podIn(held);
      const wanted = [...volumeInputs(pod), ...envInputs(pod), ...pullInputs(pod)];
      const version = versionIn(namespace, wanted);
      const volumes = volumesVersion(pod, (input) => inputOf(namespace, input)?.digest);
      return {
        version: `${held.entry.digest} ${version}`,
        wanted: { pod, inputs: version, volumes },
        objects: objectsIn(namespace, wanted),
      };
    },
  };
}

const objectKey = (kind: string, namespace: string, name: string) => `${kind}/${namespace}/${name}`;

const nameOf = ({ object: { kind, metadata } }: WantedObject) =>
  objectKey(kind, metadata.namespace ?? 'default', metadata.name);

const isPod = ({ entry }: Held) => entry.object.kind === 'Pod';

/** Each source checks what it hands on; the kind says by which schema. */
const podIn = ({ entry }: Held) => entry.object as Pod;

const uidOf = (held: Held) => podNameOf(podIn(held)).uid;
