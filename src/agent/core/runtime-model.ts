/**
 * What is asked of and read from a container runtime and the pod's directories, as data. It stands here because cores may
 * import nothing else; ports.ts hands it on to the rest of the agent.
 */

export type Labels = Readonly<Record<string, string>>;

/** CRI LinuxContainerResources; cpuPeriod and cpuQuota in microseconds, memory in bytes. */
export type LinuxResources = {
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  readonly memoryLimitBytes?: number;
  /** Memory and swap together; cgroup v1 only. */
  readonly memorySwapLimitBytes?: number;
  /** Files of cgroup v2 and what is written to them. */
  readonly unified?: Labels;
  readonly oomScoreAdj?: number;
};
/** For seccomp a file, for AppArmor the name of a loaded profile. */
export type SecurityProfile = {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
};
export type SeLinuxLabel = { readonly [K in 'user' | 'role' | 'type' | 'level']?: string | undefined };
/** CRI NamespaceMode. */
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE';

export type SandboxConfig = {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  readonly hostname?: string;
  readonly logDirectory: string;
  readonly dns?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings?: readonly {
    readonly protocol: 'TCP' | 'UDP' | 'SCTP';
    readonly containerPort: number;
    readonly hostPort: number;
    readonly hostIp?: string;
  }[];
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly cgroupParent?: string;
  readonly namespaces: { readonly network: NamespaceMode; readonly pid: NamespaceMode; readonly ipc: NamespaceMode };
  readonly sysctls?: Labels;
  readonly privileged?: boolean;
  readonly seccomp?: SecurityProfile;
  readonly seLinux?: SeLinuxLabel;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups?: readonly number[];
};

export type Mount = {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
  readonly propagation?: 'PRIVATE' | 'HOST_TO_CONTAINER' | 'BIDIRECTIONAL';
};

export type ContainerConfig = {
  readonly name: string;
  readonly attempt: number;
  /** What the runtime is asked to run: the image's id where it is known, else its reference. */
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir?: string;
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  /** Device nodes that it may read and write. */
  readonly devices?: readonly { readonly hostPath: string; readonly containerPath: string }[];
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly security: {
    readonly privileged: boolean;
    readonly addCapabilities: readonly string[];
    readonly dropCapabilities: readonly string[];
    readonly readonlyRootfs: boolean;
    readonly noNewPrivileges: boolean;
    readonly runAsUser?: number;
    readonly runAsUsername?: string;
    readonly runAsGroup?: number;
    readonly supplementalGroups: readonly number[];
    readonly seccomp?: SecurityProfile;
    readonly appArmor?: SecurityProfile;
    readonly seLinux?: SeLinuxLabel;
    readonly namespaces: { readonly network: NamespaceMode; readonly pid: NamespaceMode; readonly ipc: NamespaceMode };
    readonly maskedPaths?: readonly string[];
    readonly readonlyPaths?: readonly string[];
  };
};

/** Times are milliseconds since 1970. */
export type Sandbox = {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAt: number;
  readonly labels: Labels;
  readonly annotations: Labels;
};
export type SandboxStatus = Sandbox & { readonly ips: readonly string[]; readonly hostNetwork: boolean };
export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';
export type RuntimeContainer = {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly imageRef: string;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly labels: Labels;
  readonly annotations: Labels;
};
export type RuntimeContainerStatus = RuntimeContainer & {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly logPath: string;
};
export type Image = {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  readonly pinned: boolean;
  /** What its programs are made for, as `arm64`, where the runtime tells it: in the status of one image, not in lists. */
  readonly architecture?: string;
  readonly uid?: number;
  readonly username?: string;
};
export type RegistryAuth = { readonly username: string; readonly password: string; readonly serverAddress?: string };

export type PodName = { readonly namespace: string; readonly name: string; readonly uid: string };
export type VolumeFile = { readonly path: string; readonly content: Uint8Array; readonly mode: number };
