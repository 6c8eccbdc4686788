/** Rules for one container: names, environment, ports, resources, mounts, probes and hooks. */
import type { Container, ContainerPort } from '../container.ts';
import { notDns1123Label, notPortName } from '../names.ts';
import type { PodSpec } from '../pod-spec.ts';
import type { StatusCause } from '../status.ts';
import { duplicate, duplicates, forbiddenField, invalidValue, required, unless } from './cause.ts';
import { envCauses, envFromCauses } from './env.ts';
import { healthCauses, noHealthCauses } from './health.ts';
import { mountCauses } from './mount.ts';
import { resizeCauses, resourceCauses } from './resources.ts';
import { securityCauses } from './security.ts';

/** Whether the init container is a sidecar: it runs on beside the containers that come after it. */
export const isSidecar = (container: Pick<Container, 'restartPolicy'>): boolean => container.restartPolicy === 'Always';

/** What is wrong with a container that runs for as long as its pod. `at` is its path. */
export function mainContainerCauses(container: Container, at: string, spec: PodSpec): StatusCause[] {
  return [
    ...containerCauses(container, at, spec),
    ...(container.restartPolicy === undefined
      ? []
      : [forbiddenField(`${at}.restartPolicy`, 'may not be set for non-init containers')]),
    ...healthCauses(container, at, spec.terminationGracePeriodSeconds),
  ];
}

/** What is wrong with an init container: only a sidecar may have probes and hooks. */
export function initContainerCauses(container: Container, at: string, spec: PodSpec): StatusCause[] {
  const sidecar = isSidecar(container);
  const { resizePolicy = [] } = container;
  return [
    ...containerCauses(container, at, spec),
    ...(sidecar ? healthCauses(container, at, spec.terminationGracePeriodSeconds) : noHealthCauses(container, at)),
    ...(!sidecar && resizePolicy.length > 0
      ? [invalidValue(`${at}.resizePolicy`, resizePolicy, 'must not be set for init containers')]
      : []),
  ];
}

function containerCauses(container: Container, at: string, { volumes = [], restartPolicy }: PodSpec): StatusCause[] {
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
    ...resizeCauses(container.resizePolicy ?? [], `${at}.resizePolicy`, restartPolicy),
    ...mountCauses(container, `${at}.volumeMounts`, new Set(volumes.map((volume) => volume.name))),
    ...securityCauses(container.securityContext ?? {}, `${at}.securityContext`),
    ...(container.terminationMessagePath.startsWith('/')
      ? []
      : [invalidValue(`${at}.terminationMessagePath`, container.terminationMessagePath, 'must be an absolute path')]),
  ];
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
