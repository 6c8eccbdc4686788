/** What `describe` says of pods, and of the templates that workloads make them from. Pure. */

import type { Container } from '../../common/model/container.ts';
import type { EnvFromSource, EnvVar } from '../../common/model/env.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { PodSpec, PodTemplateSpec } from '../../common/model/pod-spec.ts';
import type { ContainerState, ContainerStatus } from '../../common/model/pod-status.ts';
import type { Volume } from '../../common/model/volume.ts';
import { block, type Fields, type FieldValue, maybe, pairs } from './fields.ts';

/** Where the pod is, and since when. */
export function podPlace({ spec, status }: Pod): Fields {
  const node = spec.nodeName ? [spec.nodeName, ...(status?.hostIP ? [status.hostIP] : [])].join('/') : '<none>';
  return [['Node', node], ...maybe('Start Time', status?.startTime)];
}

/** The pod's own fields, between its annotations and its conditions. */
export function podFields({ metadata, spec, status }: Pod): Fields {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return [
    [
      'Status',
      metadata.deletionTimestamp ? `Terminating (since ${metadata.deletionTimestamp})` : (status?.phase ?? 'Pending'),
    ],
    ...maybe('Reason', status?.reason),
    ...maybe('Message', status?.message),
    ['IP', status?.podIP ?? ''],
    ...(owner === undefined ? [] : maybe('Controlled By', `${owner.kind}/${owner.name}`)),
    ...block('Init Containers', containers(spec.initContainers, status?.initContainerStatuses)),
    ...block('Containers', containers(spec.containers, status?.containerStatuses)),
  ];
}

/** What is told of a pod behind its conditions. */
export function podRest({ spec, status }: Pod): Fields {
  return [
    ...volumeFields(spec),
    ['QoS Class', status?.qosClass ?? '<none>'],
    ['Node-Selectors', pairs(spec.nodeSelector, '=')],
    ['Tolerations', tolerations(spec)],
  ];
}

/** The pods that a workload makes. */
export function templateFields({ metadata, spec }: PodTemplateSpec): Fields {
  return [
    ['Labels', pairs(metadata.labels, '=')],
    ...(metadata.annotations === undefined ? [] : ([['Annotations', pairs(metadata.annotations, ': ')]] as Fields)),
    ...block('Init Containers', containers(spec.initContainers, undefined)),
    ...block('Containers', containers(spec.containers, undefined)),
    ...volumeFields(spec),
  ];
}

function containers(list: readonly Container[] = [], statuses: readonly ContainerStatus[] | undefined): Fields {
  return list.map((container) => {
    const status = statuses?.find(({ name }) => name === container.name);
    return [container.name, { below: containerFields(container, status) }];
  });
}

function containerFields(container: Container, status: ContainerStatus | undefined): Fields {
  const { ports = [], env = [], envFrom = [], volumeMounts = [], resources } = container;
  return [
    ...maybe('Container ID', status?.containerID),
    ['Image', container.image],
    ...maybe('Image ID', status?.imageID),
    ['Port', ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)],
    ['Host Port', ports.map(({ hostPort = 0, protocol }) => `${hostPort}/${protocol}`)],
    ...block('Command', container.command ?? []),
    ...block('Args', container.args ?? []),
    ...(status === undefined ? [] : stateFields(status)),
    ...block('Limits', Object.entries(resources.limits ?? {})),
    ...block('Requests', Object.entries(resources.requests ?? {})),
    ...block('Environment Variables from', envFrom.map(sourceText)),
    orNone(
      'Environment',
      env.map((variable) => [variable.name, variableText(variable)]),
    ),
    orNone(
      'Mounts',
      volumeMounts.map(({ name, mountPath, readOnly }) => `${mountPath} from ${name} (${readOnly ? 'ro' : 'rw'})`),
    ),
  ];
}

const orNone = (label: string, content: Fields | readonly string[]): readonly [string, FieldValue] =>
  content.length === 0 ? [label, '<none>'] : [label, { below: content }];

function stateFields({ state, lastState, ready, restartCount }: ContainerStatus): Fields {
  return [
    ...oneState('State', state, true),
    ...oneState('Last State', lastState, false),
    ['Ready', ready ? 'True' : 'False'],
    ['Restart Count', String(restartCount)],
  ];
}

function oneState(label: string, { waiting, running, terminated }: ContainerState, always: boolean): Fields {
  if (running) return [[label, 'Running'], ...maybe('  Started', running.startedAt)];
  if (terminated)
    return [
      [label, 'Terminated'],
      ...maybe('  Reason', terminated.reason),
      ...maybe('  Message', terminated.message),
      ['  Exit Code', String(terminated.exitCode)],
      ...maybe('  Signal', terminated.signal),
      ...maybe('  Started', terminated.startedAt),
      ...maybe('  Finished', terminated.finishedAt),
    ];
  if (waiting)
    return [[label, 'Waiting'], ...maybe('  Reason', waiting.reason), ...maybe('  Message', waiting.message)];
  return always ? [[label, 'Waiting']] : [];
}

function sourceText({ configMapRef, secretRef, prefix }: EnvFromSource): string {
  const source = configMapRef ? `${configMapRef.name}  ConfigMap` : `${secretRef?.name ?? ''}  Secret`;
  const optional = (configMapRef ?? secretRef)?.optional ?? false;
  return `${source}${prefix ? ` with prefix '${prefix}'` : ''}  Optional: ${optional}`;
}

function variableText({ value = '', valueFrom }: EnvVar): string {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom ?? {};
  const key = (
    what: string,
    { key, name, optional = false }: { key: string; name: string; optional?: boolean | undefined },
  ): string => `<set to the key '${key}' of ${what} '${name}'>  Optional: ${optional}`;
  if (configMapKeyRef) return key('config map', configMapKeyRef);
  if (secretKeyRef) return key('secret', secretKeyRef);
  if (fieldRef) return `(${fieldRef.apiVersion}:${fieldRef.fieldPath})`;
  return resourceFieldRef ? `(${resourceFieldRef.resource})` : value;
}

function volumeFields({ volumes = [] }: PodSpec): Fields {
  return [
    orNone(
      'Volumes',
      volumes.map((volume) => [volume.name, { below: oneVolume(volume) }]),
    ),
  ];
}

function oneVolume({ emptyDir, hostPath, configMap, secret }: Volume): Fields {
  if (emptyDir)
    return [
      ['Type', "EmptyDir (a temporary directory that shares a pod's lifetime)"],
      ['Medium', emptyDir.medium ?? ''],
    ];
  if (hostPath)
    return [
      ['Type', 'HostPath (bare host directory volume)'],
      ['Path', hostPath.path],
      ['HostPathType', hostPath.type],
    ];
  const optional: Fields = [['Optional', String((configMap ?? secret)?.optional ?? false)]];
  if (configMap)
    return [['Type', 'ConfigMap (a volume populated by a ConfigMap)'], ['Name', configMap.name], ...optional];
  return [['Type', 'Secret (a volume populated by a Secret)'], ['SecretName', secret?.secretName ?? ''], ...optional];
}

function tolerations({ tolerations: list = [] }: PodSpec): readonly string[] {
  return list.map(({ key = '', operator, value, effect, tolerationSeconds }) => {
    const what = `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`;
    return `${what}${operator === 'Exists' ? ' op=Exists' : ''}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`;
  });
}
