/** Rules for one container: names, environment, ports, resources and mounts. */
import { compareQuantities, quantityOf } from '../../lib/quantity.ts';
import type { Container, ContainerPort, ResourceRequirements, VolumeMount } from '../container.ts';
import type { EnvFromSource, EnvVar } from '../env.ts';
import { notDns1123Label, notEnvName, notPortName } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { duplicate, duplicates, invalidValue, notSupported, required, unknownName, unless } from './cause.ts';
import { securityCauses } from './security.ts';

const resourceNames = ['cpu', 'memory'] as const;
const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
] as const;
const keyedPath = /^metadata\.(labels|annotations)\['[^']+'\]$/;
const resourcePaths = ['limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'] as const;

/** What is wrong with a container. `at` is its path; `volumes` are the names of the pod's volumes. */
export function containerCauses(container: Container, at: string, volumes: ReadonlySet<string>): StatusCause[] {
  const { name, image } = container;
  return [
    ...(name === '' ? [required(`${at}.name`)] : unless(`${at}.name`, name, notDns1123Label(name))),
    ...(image.trim() === '' ? [required(`${at}.image`)] : []),
    ...(image !== image.trim()
      ? [invalidValue(`${at}.image`, image, 'must not have leading or trailing whitespace')]
      : []),
    ...envCauses(container.env ?? [], `${at}.env`),
    ...envFromCauses(container.envFrom ?? [], `${at}.envFrom`),
    ...portCauses(container.ports ?? [], `${at}.ports`),
    ...resourceCauses(container.resources, `${at}.resources`),
    ...mountCauses(container.volumeMounts ?? [], `${at}.volumeMounts`, volumes),
    ...securityCauses(container.securityContext ?? {}, `${at}.securityContext`),
  ];
}

function envCauses(env: readonly EnvVar[], field: string): StatusCause[] {
  return env.flatMap(({ name, value, valueFrom }, i) => {
    const at = `${field}[${i}]`;
    const causes = name === '' ? [required(`${at}.name`)] : unless(`${at}.name`, name, notEnvName(name));
    if (!valueFrom) return causes;
    const sources = Object.values(valueFrom).filter((source) => source !== undefined).length;
    if (value) causes.push(invalidValue(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    if (sources !== 1) {
      const why =
        sources === 0 ? 'must specify one of the sources' : 'may not have more than one field specified at a time';
      causes.push(invalidValue(`${at}.valueFrom`, '', why));
    }
    const path = valueFrom.fieldRef?.fieldPath;
    if (path !== undefined && !fieldPaths.some((known) => known === path) && !keyedPath.test(path)) {
      causes.push(
        notSupported(`${at}.valueFrom.fieldRef.fieldPath`, path, [
          ...fieldPaths,
          "metadata.labels['<KEY>']",
          "metadata.annotations['<KEY>']",
        ]),
      );
    }
    const resource = valueFrom.resourceFieldRef?.resource;
    if (resource !== undefined && !resourcePaths.some((known) => known === resource)) {
      causes.push(notSupported(`${at}.valueFrom.resourceFieldRef.resource`, resource, resourcePaths));
    }
    return causes;
  });
}

function envFromCauses(sources: readonly EnvFromSource[], field: string): StatusCause[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const at = `${field}[${i}]`;
    const causes = prefix ? unless(`${at}.prefix`, prefix, notEnvName(prefix)) : [];
    if (!configMapRef === !secretRef) {
      const why = configMapRef
        ? 'may not have more than one field specified at a time'
        : 'must specify one of: `configMapRef` or `secretRef`';
      causes.push(invalidValue(at, '', why));
    }
    return causes;
  });
}

function portCauses(ports: readonly ContainerPort[], field: string): StatusCause[] {
  return [
    ...ports.flatMap(({ name }, i) =>
      name === undefined ? [] : unless(`${field}[${i}].name`, name, notPortName(name)),
    ),
    ...duplicates(
      ports.map((port) => port.name),
      (i) => `${field}[${i}].name`,
    ),
  ];
}

function resourceCauses({ limits = {}, requests = {} }: ResourceRequirements, field: string): StatusCause[] {
  const one =
    (part: string) =>
    ([name, amount]: [string, string]): StatusCause[] => {
      const at = `${field}.${part}.${name}`;
      if (!resourceNames.some((known) => known === name)) return [notSupported(at, name, resourceNames)];
      if (quantityOf(amount).nanos < 0n) return [invalidValue(at, amount, 'must be greater than or equal to 0')];
      return [];
    };
  const above = Object.entries(requests).flatMap(([name, amount]) => {
    const limit = limits[name];
    if (limit === undefined || compareQuantities(quantityOf(amount), quantityOf(limit)) <= 0) return [];
    const why = `must be less than or equal to ${name} limit of ${limit}`;
    return [invalidValue(`${field}.requests`, amount, why)];
  });
  return [
    ...Object.entries(limits).flatMap(one('limits')),
    ...Object.entries(requests).flatMap(one('requests')),
    ...above,
  ];
}

function mountCauses(mounts: readonly VolumeMount[], field: string, volumes: ReadonlySet<string>): StatusCause[] {
  const paths = new Set<string>();
  return mounts.flatMap(({ name, mountPath }, i) => {
    const at = `${field}[${i}]`;
    const causes: StatusCause[] = [];
    if (name === '') causes.push(required(`${at}.name`));
    else if (!volumes.has(name)) causes.push(unknownName(`${at}.name`, name));
    if (mountPath === '') causes.push(required(`${at}.mountPath`));
    else if (!mountPath.startsWith('/'))
      causes.push(invalidValue(`${at}.mountPath`, mountPath, 'must be an absolute path'));
    if (mountPath.includes(':')) causes.push(invalidValue(`${at}.mountPath`, mountPath, "must not contain ':'"));
    if (paths.has(mountPath)) causes.push(invalidValue(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    return causes;
  });
}

/** What is wrong with the ports of the node that containers ask for: each only once, the same with hostNetwork. */
export function hostPortCauses(containers: readonly Container[], field: string, hostNetwork: boolean): StatusCause[] {
  const seen = new Set<string>();
  return containers.flatMap((container, c) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, protocol, hostIP = '' }, p) => {
      if (hostPort === undefined) return [];
      const at = `${field}[${c}].ports[${p}]`;
      if (hostNetwork && hostPort !== containerPort) {
        return [invalidValue(`${at}.containerPort`, containerPort, 'must match `hostPort` when `hostNetwork` is true')];
      }
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (seen.has(key)) return [duplicate(`${at}.hostPort`, key)];
      seen.add(key);
      return [];
    }),
  );
}
