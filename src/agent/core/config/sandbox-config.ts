/** What the runtime is told to make a pod's sandbox from. */

import type { Pod } from '../../../common/model/pod.ts';
import { podLabels, podNameOf } from '../pod/pod-labels.ts';
import type { SandboxConfig } from '../runtime-model.ts';
import { confinement, namespacesOf, supplementalGroups } from './security.ts';
import { dotted } from './sysctls.ts';

export type SandboxInput = {
  readonly pod: Pod;
  readonly attempt: number;
  /** What the pod calls itself, unless it is on the network of the node. */
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dns: NonNullable<SandboxConfig['dns']>;
  /** Absent: the runtime's own place. */
  readonly cgroupParent?: string | undefined;
};

export function sandboxConfig({
  pod,
  attempt,
  hostname,
  logDirectory,
  dns,
  cgroupParent,
}: SandboxInput): SandboxConfig {
  const { spec } = pod;
  const name = podNameOf(pod);
  const { runAsUser, runAsGroup, sysctls, seccompProfile, seLinuxOptions } = spec.securityContext;
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  return {
    ...name,
    attempt,
    ...(spec.hostNetwork ? {} : { hostname, portMappings: portMappings(pod) }),
    logDirectory,
    dns,
    ...(cgroupParent === undefined ? {} : { cgroupParent }),
    labels: { ...pod.metadata.labels, ...podLabels(name) },
    annotations: pod.metadata.annotations ?? {},
    namespaces: namespacesOf(spec),
    ...(sysctls ? { sysctls: Object.fromEntries(sysctls.map((one) => [dotted(one.name), one.value])) } : {}),
    privileged: all.some(({ securityContext }) => securityContext?.privileged),
    ...confinement({ seccompProfile, seLinuxOptions }, {}),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    // CRI takes a group only with a user.
    ...(runAsUser === undefined || runAsGroup === undefined ? {} : { runAsGroup }),
    supplementalGroups: supplementalGroups(spec),
  };
}

function portMappings({ spec }: Pod): NonNullable<SandboxConfig['portMappings']> {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars].flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, hostIP, containerPort, protocol }) =>
      hostPort === undefined
        ? []
        : [{ protocol, containerPort, hostPort, ...(hostIP === undefined ? {} : { hostIp: hostIP }) }],
    ),
  );
}
