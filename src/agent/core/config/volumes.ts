/** What a pod's volumes need on the device, as data for PodFiles. */

import { toBytes } from '../../../common/lib/quantity.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { Volume } from '../../../common/model/volume.ts';
import type { NodeFacts } from '../node/node-facts.ts';
import type { VolumeFile } from '../runtime-model.ts';
import type { Inputs } from './inputs.ts';
import { found, missing, type Resolved } from './resolved.ts';
import { configMapFiles, downwardFiles, type Files, projectedFiles, secretFiles } from './volume-files.ts';

export type VolumePlan =
  /** In memory, of so many bytes at most; else on the disk. */
  | { readonly type: 'empty'; readonly name: string; readonly memoryBytes?: number }
  | { readonly type: 'host'; readonly name: string; readonly path: string; readonly check: string }
  | { readonly type: 'files'; readonly name: string; readonly memory: boolean; readonly files: readonly VolumeFile[] };

/** All volumes of the pod, or the first one that can not be made and why. */
export function planVolumes(pod: Pod, inputs: Inputs, node: NodeFacts): Resolved<readonly VolumePlan[]> {
  const plans: VolumePlan[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const plan = planVolume(volume, pod, inputs, node);
    if (!plan.ok) return missing(setUpFailed(volume.name, plan.message));
    plans.push(plan.value);
  }
  return found(plans);
}

/** The kubelet's words for a volume that could not be made. */
export const setUpFailed = (volume: string, why: string) => `MountVolume.SetUp failed for volume "${volume}" : ${why}`;

/** As with the kubelet, files of a ConfigMap are on the disk, all others in memory. */
function planVolume(volume: Volume, pod: Pod, inputs: Inputs, node: NodeFacts): Resolved<VolumePlan> {
  const { name, emptyDir, hostPath, configMap, secret, downwardAPI, projected } = volume;
  if (emptyDir) return found(emptyPlan(name, emptyDir, pod, node));
  if (hostPath) return found({ type: 'host', name, path: hostPath.path, check: hostPath.type });
  if (configMap) return filesPlan(name, false, configMapFiles(configMap, inputs, configMap.defaultMode));
  if (secret) {
    return filesPlan(name, true, secretFiles({ ...secret, name: secret.secretName }, inputs, secret.defaultMode));
  }
  if (downwardAPI) {
    return filesPlan(name, true, downwardFiles(downwardAPI.items, pod, node, downwardAPI.defaultMode));
  }
  if (projected) return filesPlan(name, true, projectedFiles(projected, pod, inputs, node));
  return missing('it names no source');
}

function filesPlan(name: string, memory: boolean, files: Files): Resolved<VolumePlan> {
  return files.ok ? found({ type: 'files', name, memory, files: files.value }) : files;
}

type EmptyDir = NonNullable<Volume['emptyDir']>;

/** A volume in memory is bounded by the least of its limit, the pod's limit and what the node gives to pods, as in Kubernetes. */
function emptyPlan(name: string, { medium, sizeLimit }: EmptyDir, pod: Pod, node: NodeFacts): VolumePlan {
  if (medium !== 'Memory') return { type: 'empty', name };
  const allocatable = toBytes(node.allocatable['memory'] ?? '0') || node.memoryBytes;
  const limits = [sizeLimit === undefined ? 0 : toBytes(sizeLimit), memoryLimit(pod), allocatable];
  return { type: 'empty', name, memoryBytes: Math.min(...limits.filter((limit) => limit > 0)) };
}

/** The sum over containers that run together; 0 when one of them has no limit. */
function memoryLimit({ spec }: Pod): number {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const limits = [...spec.containers, ...sidecars].map(({ resources }) => toBytes(resources.limits?.['memory'] ?? '0'));
  return limits.includes(0) ? 0 : limits.reduce((sum, limit) => sum + limit, 0);
}
