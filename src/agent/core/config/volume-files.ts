/** The files of volumes that show objects: ConfigMaps, Secrets, and the pod itself. */

import type { ConfigMap } from '../../../common/model/config-map.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { Secret } from '../../../common/model/secret.ts';
import type { DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource } from '../../../common/model/volume-file.ts';
import type { NodeFacts } from '../node/node-facts.ts';
import type { VolumeFile } from '../runtime-model.ts';
import { containerOf, fieldValue, resourceValue } from './field-ref.ts';
import type { Inputs } from './inputs.ts';
import { found, missing, type Resolved } from './resolved.ts';

export type Files = Resolved<readonly VolumeFile[]>;
/** Keys of an object as files; without `items` all of them, each under its own name. */
export type KeySource = {
  readonly name: string;
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
};

export function configMapFiles(source: KeySource, inputs: Inputs, defaultMode: number): Files {
  const object = inputs.configMap(source.name);
  if (object === undefined && !source.optional) return missing(`configmap "${source.name}" not found`);
  return keyFiles('config', source, bytesOf(object), defaultMode);
}

export function secretFiles(source: KeySource, inputs: Inputs, defaultMode: number): Files {
  const object = inputs.secret(source.name);
  if (object === undefined && !source.optional) return missing(`secret "${source.name}" not found`);
  return keyFiles('secret', source, fromBase64(object?.data), defaultMode);
}

/** Fields of the pod and resources of its containers. */
export function downwardFiles(
  items: readonly DownwardAPIVolumeFile[] | undefined,
  pod: Pod,
  node: NodeFacts,
  defaultMode: number,
): Files {
  const files: VolumeFile[] = [];
  for (const { path, mode, fieldRef, resourceFieldRef } of items ?? []) {
    const value = fieldRef
      ? fieldValue(pod, fieldRef.fieldPath, { podIps: [], node })
      : resourceFieldRef && resourceIn(pod, resourceFieldRef, node);
    if (value === undefined) return missing(`file ${path}: no such field, resource or container`);
    files.push({ path, content: Buffer.from(value), mode: mode ?? defaultMode });
  }
  return found(files);
}

/** All sources in one folder. Where two have a file of one path, the later has it, as in Kubernetes. */
export function projectedFiles(
  { sources, defaultMode }: ProjectedVolumeSource,
  pod: Pod,
  inputs: Inputs,
  node: NodeFacts,
): Files {
  const files = new Map<string, VolumeFile>();
  for (const { configMap, secret, downwardAPI } of sources ?? []) {
    let part: Files = missing('a projection names no source');
    if (configMap) part = configMapFiles(configMap, inputs, defaultMode);
    else if (secret) part = secretFiles(secret, inputs, defaultMode);
    else if (downwardAPI) part = downwardFiles(downwardAPI.items, pod, node, defaultMode);
    if (!part.ok) return part;
    for (const file of part.value) files.set(file.path, file);
  }
  return found([...files.values()]);
}

type ResourceSelector = NonNullable<DownwardAPIVolumeFile['resourceFieldRef']>;

function resourceIn(pod: Pod, { containerName, resource, divisor }: ResourceSelector, node: NodeFacts) {
  const container = containerOf(pod, containerName);
  return container && resourceValue(container, resource, divisor, node);
}

type Contents = ReadonlyMap<string, Uint8Array>;

function fromBase64(data: Secret['data']): Contents {
  return new Map(Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')]));
}

function bytesOf(object: ConfigMap | undefined): Contents {
  const texts = Object.entries(object?.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const);
  return new Map([...texts, ...fromBase64(object?.binaryData)]);
}

function keyFiles(kind: 'config' | 'secret', source: KeySource, contents: Contents, defaultMode: number): Files {
  const items = source.items ?? [...contents.keys()].map((key): KeyToPath => ({ key, path: key }));
  const files: VolumeFile[] = [];
  for (const { key, path, mode } of items) {
    const content = contents.get(key);
    if (content !== undefined) files.push({ path, content, mode: mode ?? defaultMode });
    else if (!source.optional) return missing(`references non-existent ${kind} key: ${key}`);
  }
  return found(files);
}
