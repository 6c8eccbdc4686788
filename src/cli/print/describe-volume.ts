/** What `describe` says of the volumes of a pod or of a template. Pure. */

import type { PodSpec } from '../../common/model/pod-spec.ts';
import type { Volume } from '../../common/model/volume.ts';
import type { DownwardAPIVolumeFile, VolumeProjection } from '../../common/model/volume-file.ts';
import { type Fields, orNone } from './fields.ts';

/** The volumes of a pod, of all kinds. */
export function volumeFields({ volumes = [] }: PodSpec): Fields {
  return [
    orNone(
      'Volumes',
      volumes.map((volume) => [volume.name, { below: oneVolume(volume) }]),
    ),
  ];
}

function oneVolume({ emptyDir, hostPath, configMap, secret, downwardAPI, projected }: Volume): Fields {
  if (emptyDir)
    return [
      ['Type', "EmptyDir (a temporary directory that shares a pod's lifetime)"],
      ['Medium', emptyDir.medium ?? ''],
      ['SizeLimit', emptyDir.sizeLimit ?? '<unset>'],
    ];
  if (hostPath)
    return [
      ['Type', 'HostPath (bare host directory volume)'],
      ['Path', hostPath.path],
      ['HostPathType', hostPath.type],
    ];
  if (configMap)
    return [
      ['Type', 'ConfigMap (a volume populated by a ConfigMap)'],
      ['Name', configMap.name],
      optional(configMap.optional),
    ];
  if (downwardAPI)
    return [
      ['Type', 'DownwardAPI (a volume populated by information about the pod)'],
      ['Items', { below: downwardItems(downwardAPI.items) }],
    ];
  if (projected)
    return [
      ['Type', 'Projected (a volume that contains injected data from multiple sources)'],
      ...(projected.sources ?? []).flatMap(oneProjection),
    ];
  return [
    ['Type', 'Secret (a volume populated by a Secret)'],
    ['SecretName', secret?.secretName ?? ''],
    optional(secret?.optional),
  ];
}

function oneProjection({ configMap, secret, downwardAPI }: VolumeProjection): Fields {
  if (configMap) return [['ConfigMapName', configMap.name], optional(configMap.optional)];
  if (secret) return [['SecretName', secret.name], optional(secret.optional)];
  return [['DownwardAPI', { below: downwardItems(downwardAPI?.items) }]];
}

const optional = (value: boolean | undefined): Fields[number] => ['Optional', String(value ?? false)];

/** `metadata.labels -> labels` for each file. */
const downwardItems = (items: readonly DownwardAPIVolumeFile[] = []): readonly string[] =>
  items.map(
    ({ path, fieldRef, resourceFieldRef }) => `${fieldRef?.fieldPath ?? resourceFieldRef?.resource} -> ${path}`,
  );
