/** Security settings of a container: its own go before the pod's. Masked and read-only paths are the kubelet's. */

import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { PodSecurityContext } from '../../../common/model/security-context.ts';
import type { ReadyImage } from '../pod/pod-memory.ts';
import type { ContainerConfig, SandboxConfig, SecurityProfile, SeLinuxLabel } from '../runtime-model.ts';

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** `image` tells its own user, which the runtime takes where the spec has none. */
export function containerSecurity({ spec }: Pod, container: Container, image: ImageUser): ContainerConfig['security'] {
  const own = container.securityContext ?? {};
  const privileged = own.privileged ?? false;
  const runAsUser = own.runAsUser ?? spec.securityContext.runAsUser;
  const runAsGroup = own.runAsGroup ?? spec.securityContext.runAsGroup;
  return {
    privileged,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    // CRI takes a group only with a user.
    ...(runAsUser === undefined && runAsGroup !== undefined ? userOf(image) : {}),
    supplementalGroups: supplementalGroups(spec),
    ...confinement(own, spec.securityContext),
    namespaces: namespacesOf(spec),
    ...(privileged ? {} : { maskedPaths, readonlyPaths }),
  };
}

/** What an image says of the user that it runs as: a number, or a name that only the image can resolve. */
export type ImageUser = Pick<ReadyImage, 'uid' | 'username'>;

/** As with the kubelet, an image without a user runs as root. */
function userOf({ uid, username }: ImageUser): Pick<ContainerConfig['security'], 'runAsUser' | 'runAsUsername'> {
  return uid === undefined && username ? { runAsUsername: username } : { runAsUser: uid ?? 0 };
}

/** Those of the pod, and the group that owns its volumes. */
export function supplementalGroups({ securityContext }: Pod['spec']): readonly number[] {
  const { supplementalGroups: groups = [], fsGroup } = securityContext;
  return fsGroup === undefined ? groups : [...groups, fsGroup];
}

/** The profiles and the label that confine processes: each is the container's own, else the pod's. */
export function confinement(
  own: Confined,
  pod: Confined,
): { readonly seccomp?: SecurityProfile; readonly appArmor?: SecurityProfile; readonly seLinux?: SeLinuxLabel } {
  const seccomp = own.seccompProfile ?? pod.seccompProfile;
  const appArmor = own.appArmorProfile ?? pod.appArmorProfile;
  const seLinux = own.seLinuxOptions ?? pod.seLinuxOptions;
  return {
    ...(seccomp === undefined ? {} : { seccomp: profileOf(seccomp) }),
    ...(appArmor === undefined ? {} : { appArmor: profileOf(appArmor) }),
    ...(seLinux === undefined ? {} : { seLinux }),
  };
}

type Confined = Pick<PodSecurityContext, 'seccompProfile' | 'appArmorProfile' | 'seLinuxOptions'>;

function profileOf({ type, localhostProfile }: NonNullable<Confined['appArmorProfile']>): SecurityProfile {
  return localhostProfile === undefined ? { type } : { type, localhostRef: localhostProfile };
}

export function namespacesOf(spec: Pod['spec']): SandboxConfig['namespaces'] {
  return {
    network: spec.hostNetwork ? 'NODE' : 'POD',
    pid: spec.hostPID ? 'NODE' : spec.shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: spec.hostIPC ? 'NODE' : 'POD',
  };
}

/** Why a container with runAsNonRoot may not run this image; undefined when it may. */
export function nonRootRefusal({ spec }: Pod, container: Container, image: ImageUser): string | undefined {
  const own = container.securityContext ?? {};
  if (!(own.runAsNonRoot ?? spec.securityContext.runAsNonRoot)) return undefined;
  const user = own.runAsUser ?? spec.securityContext.runAsUser;
  if (user !== undefined) return user === 0 ? "container's runAsUser breaks non-root policy" : undefined;
  if (image.uid === 0 || (image.uid === undefined && (image.username ?? '') === '')) {
    return 'container has runAsNonRoot and image will run as root';
  }
  if (image.uid !== undefined) return undefined;
  return `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root`;
}
