/** What the runtime is told to make a pod's sandbox from. */

import type { Pod } from '../../common/model/pod.ts';
import { podLabels, podNameOf } from './pod-labels.ts';
import type { SandboxConfig } from './runtime-model.ts';
import { confinement, namespacesOf } from './security.ts';

export type SandboxInput = {
  readonly pod: Pod;
  readonly attempt: number;
  readonly logDirectory: string;
  readonly dns: NonNullable<SandboxConfig['dns']>;
  /** Absent: the runtime's own place. */
  readonly cgroupParent?: string | undefined;
};

export function sandboxConfig({ pod, attempt, logDirectory, dns, cgroupParent }: SandboxInput): SandboxConfig {
  const { spec } = pod;
  const name = podNameOf(pod);
  const { runAsUser, runAsGroup, supplementalGroups, sysctls, seccompProfile, seLinuxOptions } = spec.securityContext;
  return {
    ...name,
    attempt,
    ...(spec.hostNetwork ? {} : { hostname: hostnameOf(pod), portMappings: portMappings(pod) }),
    logDirectory,
    dns,
    ...(cgroupParent === undefined ? {} : { cgroupParent }),
    labels: { ...pod.metadata.labels, ...podLabels(name) },
    annotations: pod.metadata.annotations ?? {},
    namespaces: namespacesOf(spec),
    ...(sysctls ? { sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [name, value])) } : {}),
    privileged: spec.containers.some(({ securityContext }) => securityContext?.privileged),
    ...confinement({ seccompProfile, seLinuxOptions }, {}),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(supplementalGroups ? { supplementalGroups } : {}),
  };
}

/** At most 63 characters, not ending in a dash or dot. */
export function hostnameOf(pod: Pod): string {
  return (pod.spec.hostname ?? pod.metadata.name).slice(0, 63).replace(/[-.]+$/, '');
}

function portMappings({ spec }: Pod): NonNullable<SandboxConfig['portMappings']> {
  return spec.containers.flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, hostIP, containerPort, protocol }) =>
      hostPort === undefined
        ? []
        : [{ protocol, containerPort, hostPort, ...(hostIP === undefined ? {} : { hostIp: hostIP }) }],
    ),
  );
}

/** The /etc/hosts of a pod that has a network of its own. */
export function hostsFile(pod: Pod, podIps: readonly string[]): string {
  const own = podIps.map((ip) => `${ip}\t${hostnameOf(pod)}\n`).join('');
  return `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${own}`;
}
