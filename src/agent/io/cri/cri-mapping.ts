/** The port's types to and from CRI's messages. Pure. */
import { join } from 'node:path';
import type {
  ContainerConfig,
  ContainerState,
  FilesystemUse,
  Image,
  LinuxResources,
  Mount,
  NamespaceMode,
  RuntimeContainer,
  RuntimeContainerStatus,
  RuntimeEvent,
  Sandbox,
  SandboxConfig,
  SandboxStatus,
  SecurityProfile,
} from '../../ports/cri.ts';
import type {
  CALLS,
  CONTAINER,
  CONTAINER_CONFIG,
  CONTAINER_STATUS,
  FILESYSTEM_USAGE,
  IMAGE,
  SANDBOX,
  SANDBOX_CONFIG,
  SANDBOX_STATUS,
} from './cri-messages.ts';
import type { InputOf, MessageOf } from './protobuf.ts';

// CRI's enums, by their numbers.
const PROTOCOL = { TCP: 0, UDP: 1, SCTP: 2 } as const;
const NAMESPACE_MODE = { POD: 0, CONTAINER: 1, NODE: 2 } as const;
const PROPAGATION = { PRIVATE: 0, HOST_TO_CONTAINER: 1, BIDIRECTIONAL: 2 } as const;
const PROFILE = { RuntimeDefault: 0, Unconfined: 1, Localhost: 2 } as const;
const SANDBOX_READY = 0;
const CONTAINER_STATES: readonly ContainerState[] = ['created', 'running', 'exited', 'unknown'];
const EVENT_TYPES: readonly RuntimeEvent['type'][] = ['created', 'started', 'stopped', 'deleted'];

/** `seccompDir` is the folder of seccomp profiles of type Localhost: the runtime wants whole paths. */
export function sandboxConfigOut(config: SandboxConfig, seccompDir: string): InputOf<typeof SANDBOX_CONFIG> {
  return {
    metadata: { name: config.name, uid: config.uid, namespace: config.namespace, attempt: config.attempt },
    hostname: config.hostname,
    logDirectory: config.logDirectory,
    dnsConfig: config.dns,
    portMappings: config.portMappings?.map((port) => ({ ...port, protocol: PROTOCOL[port.protocol] })),
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: config.sysctls,
      securityContext: {
        namespaceOptions: namespacesOut(config.namespaces),
        runAsUser: int64Out(config.runAsUser),
        runAsGroup: int64Out(config.runAsGroup),
        supplementalGroups: config.supplementalGroups,
        privileged: config.privileged,
        seccomp: profileOut(rooted(config.seccomp, seccompDir)),
        selinuxOptions: config.seLinux,
      },
    },
  };
}

/** As `sandboxConfigOut`. */
export function containerConfigOut(config: ContainerConfig, seccompDir: string): InputOf<typeof CONTAINER_CONFIG> {
  const { security } = config;
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir,
    envs: config.envs,
    mounts: config.mounts.map(mountOut),
    devices: config.devices?.map((device) => ({ ...device, permissions: 'rw' })),
    labels: config.labels,
    annotations: config.annotations,
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: resourcesOut(config.resources),
      securityContext: {
        capabilities: { addCapabilities: security.addCapabilities, dropCapabilities: security.dropCapabilities },
        privileged: security.privileged,
        namespaceOptions: namespacesOut(security.namespaces),
        runAsUser: int64Out(security.runAsUser),
        runAsUsername: security.runAsUsername,
        runAsGroup: int64Out(security.runAsGroup),
        readonlyRootfs: security.readonlyRootfs,
        supplementalGroups: security.supplementalGroups,
        noNewPrivs: security.noNewPrivileges,
        maskedPaths: security.maskedPaths,
        readonlyPaths: security.readonlyPaths,
        seccomp: profileOut(rooted(security.seccomp, seccompDir)),
        apparmor: profileOut(security.appArmor),
        selinuxOptions: security.seLinux,
      },
    },
  };
}

export function resourcesOut(resources: LinuxResources) {
  const { memoryLimitBytes, memorySwapLimitBytes, ...others } = resources;
  return { ...others, memoryLimitInBytes: memoryLimitBytes, memorySwapLimitInBytes: memorySwapLimitBytes };
}

function mountOut(mount: Mount) {
  return {
    containerPath: mount.containerPath,
    hostPath: mount.hostPath,
    readonly: mount.readOnly,
    propagation: PROPAGATION[mount.propagation ?? 'PRIVATE'],
  };
}

function namespacesOut(modes: SandboxConfig['namespaces']) {
  const { network, pid, ipc } = modes;
  return { network: NAMESPACE_MODE[network], pid: NAMESPACE_MODE[pid], ipc: NAMESPACE_MODE[ipc] };
}

function int64Out(value: number | undefined) {
  return value === undefined ? undefined : { value };
}

function rooted(profile: SecurityProfile | undefined, dir: string): SecurityProfile | undefined {
  if (profile?.localhostRef === undefined) return profile;
  return { ...profile, localhostRef: join(dir, profile.localhostRef) };
}

function profileOut(profile: SecurityProfile | undefined) {
  return profile === undefined ? undefined : { profileType: PROFILE[profile.type], localhostRef: profile.localhostRef };
}

export function sandboxIn(sandbox: MessageOf<typeof SANDBOX>): Sandbox {
  return {
    id: sandbox.id,
    name: sandbox.metadata?.name ?? '',
    namespace: sandbox.metadata?.namespace ?? '',
    uid: sandbox.metadata?.uid ?? '',
    attempt: sandbox.metadata?.attempt ?? 0,
    ready: sandbox.state === SANDBOX_READY,
    createdAt: sandbox.createdAt,
    labels: sandbox.labels,
    annotations: sandbox.annotations,
  };
}

export function sandboxStatusIn(status: MessageOf<typeof SANDBOX_STATUS>): SandboxStatus {
  const network: NamespaceMode = status.linux?.namespaces?.options?.network === NAMESPACE_MODE.NODE ? 'NODE' : 'POD';
  const first = status.network?.ip ?? '';
  const others = (status.network?.additionalIps ?? []).map(({ ip }) => ip);
  return { ...sandboxIn(status), ips: first === '' ? [] : [first, ...others], hostNetwork: network === 'NODE' };
}

export function containerIn(container: MessageOf<typeof CONTAINER>): RuntimeContainer {
  return { ...containerCommon(container), sandboxId: container.podSandboxId };
}

/** CRI's container status does not name the sandbox: the caller adds it. */
export function containerStatusIn(
  status: MessageOf<typeof CONTAINER_STATUS>,
  sandboxId: string,
): RuntimeContainerStatus {
  return {
    ...containerCommon(status),
    sandboxId,
    startedAt: status.startedAt,
    finishedAt: status.finishedAt,
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    logPath: status.logPath,
  };
}

type ContainerFields = Pick<
  MessageOf<typeof CONTAINER>,
  'id' | 'metadata' | 'image' | 'imageRef' | 'state' | 'createdAt' | 'labels' | 'annotations'
>;
function containerCommon(container: ContainerFields): Omit<RuntimeContainer, 'sandboxId'> {
  return {
    id: container.id,
    name: container.metadata?.name ?? '',
    attempt: container.metadata?.attempt ?? 0,
    image: container.image?.image ?? '',
    imageRef: container.imageRef,
    state: CONTAINER_STATES[container.state] ?? 'unknown',
    createdAt: container.createdAt,
    labels: container.labels,
    annotations: container.annotations,
  };
}

/** Of a container's first process; from the text that a runtime adds to a container's status. Undefined when it has ended. */
export function pidIn(info: string | undefined): number | undefined {
  const [, pid = '0'] = /"pid":([0-9]{1,10})[,}]/.exec(info ?? '') ?? [];
  return Number(pid) > 1 ? Number(pid) : undefined;
}

/** Of an image; from the text that a runtime adds to an image's status: its OCI configuration, where it is containerd. */
export function architectureIn(info: string | undefined): string | undefined {
  const found = /"imageSpec":\{(?:[^{}]*,)?"architecture":"([a-z0-9]{1,32})"/.exec(info ?? '');
  return found?.[1];
}

export function imageIn(image: MessageOf<typeof IMAGE>, architecture?: string): Image {
  return {
    id: image.id,
    tags: image.repoTags,
    digests: image.repoDigests,
    sizeBytes: image.size,
    pinned: image.pinned,
    ...(architecture === undefined ? {} : { architecture }),
    ...(image.uid === undefined ? {} : { uid: image.uid.value }),
    ...(image.username === '' ? {} : { username: image.username }),
  };
}

/** Undefined without a size. */
export function filesystemIn(usage: MessageOf<typeof FILESYSTEM_USAGE> | undefined): FilesystemUse | undefined {
  if (usage?.usedBytes === undefined) return undefined;
  return {
    mountpoint: usage.fsId?.mountpoint ?? '',
    usedBytes: usage.usedBytes.value,
    ...(usage.inodesUsed === undefined ? {} : { inodesUsed: usage.inodesUsed.value }),
  };
}

/** Undefined for a type of event that came after CRI v1's first ones. */
export function eventIn(event: ReturnType<typeof CALLS.events.decode>): RuntimeEvent | undefined {
  const type = EVENT_TYPES[event.type];
  if (type === undefined) return undefined;
  const podUid = event.podSandboxStatus?.metadata?.uid;
  return { type, containerId: event.containerId, ...(podUid === undefined ? {} : { podUid }) };
}
