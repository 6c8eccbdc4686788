/** What a pod's volumes need on the device, as data for PodFiles. */

import type { ConfigMap } from '../../common/model/config-map.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { Volume } from '../../common/model/volume.ts';
import type { KeyToPath } from '../../common/model/volume-file.ts';
import type { Resolved } from './env.ts';
import type { Inputs } from './inputs.ts';
import type { VolumeFile } from './runtime-model.ts';

export type VolumePlan =
  | { readonly type: 'empty'; readonly name: string; readonly memory: boolean }
  | { readonly type: 'host'; readonly name: string; readonly path: string; readonly check: string }
  | { readonly type: 'files'; readonly name: string; readonly memory: boolean; readonly files: readonly VolumeFile[] };

/** All volumes of the pod, or the first one that can not be made and why. */
export function planVolumes(pod: Pod, inputs: Inputs): Resolved<readonly VolumePlan[]> {
  const plans: VolumePlan[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const plan = planVolume(volume, inputs);
    if (!plan.ok) return { ok: false, message: setUpFailed(volume.name, plan.message) };
    plans.push(plan.value);
  }
  return { ok: true, value: plans };
}

/** The kubelet's words for a volume that could not be made. */
export const setUpFailed = (volume: string, why: string) => `MountVolume.SetUp failed for volume "${volume}" : ${why}`;

function planVolume(volume: Volume, inputs: Inputs): Resolved<VolumePlan> {
  const { name, emptyDir, hostPath, configMap, secret } = volume;
  if (emptyDir) return { ok: true, value: { type: 'empty', name, memory: emptyDir.medium === 'Memory' } };
  if (hostPath) return { ok: true, value: { type: 'host', name, path: hostPath.path, check: hostPath.type } };
  if (configMap) {
    const object = inputs.configMap(configMap.name);
    if (object === undefined && !configMap.optional) return notFound('configmap', configMap.name);
    return filesPlan(name, false, configMap, bytesOf(object));
  }
  if (secret) {
    const object = inputs.secret(secret.secretName);
    if (object === undefined && !secret.optional) return notFound('secret', secret.secretName);
    return filesPlan(name, true, secret, fromBase64(object?.data));
  }
  return { ok: false, message: 'it names no source' };
}

const notFound = (kind: string, name: string) => ({ ok: false, message: `${kind} "${name}" not found` }) as const;

type Contents = ReadonlyMap<string, Uint8Array>;

function fromBase64(data: Readonly<Record<string, string>> | undefined): Contents {
  return new Map(Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')]));
}

function bytesOf(object: ConfigMap | undefined): Contents {
  const texts = Object.entries(object?.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const);
  return new Map([...texts, ...fromBase64(object?.binaryData)]);
}

function filesPlan(
  name: string,
  memory: boolean,
  source: {
    readonly items?: readonly KeyToPath[] | undefined;
    readonly defaultMode: number;
    readonly optional?: boolean | undefined;
  },
  contents: Contents,
): Resolved<VolumePlan> {
  const items = source.items ?? [...contents.keys()].map((key): KeyToPath => ({ key, path: key }));
  const files: VolumeFile[] = [];
  for (const { key, path, mode } of items) {
    const content = contents.get(key);
    if (content !== undefined) files.push({ path, content, mode: mode ?? source.defaultMode });
    else if (!source.optional) return { ok: false, message: `references non-existent config key: ${key}` };
  }
  return { ok: true, value: { type: 'files', name, memory, files } };
}
