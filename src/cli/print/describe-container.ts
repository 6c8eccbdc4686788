/** What `describe` says of the containers of a pod or of a template. Pure. */

import type { Container, VolumeMount } from '../../common/model/container.ts';
import type { EnvFromSource, EnvVar } from '../../common/model/env.ts';
import type { ContainerState, ContainerStatus } from '../../common/model/pod-status.ts';
import { healthFields } from './describe-probe.ts';
import { block, type Fields, maybe, orNone } from './fields.ts';

/** The containers, each with its state where it has one. */
export function containerBlocks(
  list: readonly Container[] = [],
  statuses: readonly ContainerStatus[] | undefined,
): Fields {
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
    [
      'Port',
      ports.map(({ name, containerPort, protocol }) => `${containerPort}/${protocol}${name ? ` (${name})` : ''}`),
    ],
    ['Host Port', ports.map(({ hostPort = 0, protocol }) => `${hostPort}/${protocol}`)],
    ...maybe('Restart Policy', container.restartPolicy),
    ...block('Command', container.command ?? []),
    ...block('Args', container.args ?? []),
    ...(status === undefined ? [] : stateFields(status)),
    ...block('Limits', Object.entries(resources.limits ?? {})),
    ...block('Requests', Object.entries(resources.requests ?? {})),
    ...healthFields(container),
    ...block('Environment Variables from', envFrom.map(sourceText)),
    orNone(
      'Environment',
      env.map((variable) => [variable.name, variableText(variable)]),
    ),
    orNone(
      'Mounts',
      volumeMounts.map((mount) => `${mount.mountPath} from ${mount.name} (${mountText(mount)})`),
    ),
  ];
}

function mountText({ readOnly, subPath, subPathExpr }: VolumeMount): string {
  const path = subPath || subPathExpr;
  return `${readOnly ? 'ro' : 'rw'}${path ? `,path="${path}"` : ''}`;
}

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
