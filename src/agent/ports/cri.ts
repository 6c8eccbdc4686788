/** The container runtime, as the agent's actors use it. */

import type { CgroupDriver } from '../core/config/cgroup.ts';
import type {
  ContainerConfig,
  Image,
  Labels,
  LinuxResources,
  RegistryAuth,
  RuntimeContainer,
  RuntimeContainerStatus,
  Sandbox,
  SandboxConfig,
  SandboxStatus,
} from '../core/runtime-model.ts';

export type {
  ContainerConfig,
  ContainerState,
  Image,
  Labels,
  LinuxResources,
  Mount,
  NamespaceMode,
  RegistryAuth,
  RuntimeContainer,
  RuntimeContainerStatus,
  Sandbox,
  SandboxConfig,
  SandboxStatus,
  SecurityProfile,
} from '../core/runtime-model.ts';

/**
 * - `unavailable`: no runtime answers on the socket
 * - `unsupported`: what answers speaks no CRI v1
 * - `not-found`, `exists`, `invalid`: as gRPC's codes
 * - `timeout`: no answer within the call's limit
 * - `failed`: the runtime refused; `message` holds its words
 */
export type CriErrorCode = 'unavailable' | 'unsupported' | 'not-found' | 'exists' | 'invalid' | 'timeout' | 'failed';

export class CriError extends Error {
  override readonly name = 'CriError';
  readonly code: CriErrorCode;

  constructor(code: CriErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type RuntimeEvent = {
  readonly type: 'created' | 'started' | 'stopped' | 'deleted';
  readonly containerId: string;
  readonly podUid?: string;
};

/** Which streams of a process are wanted; stdout always is, stderr when there is no terminal. */
export type WantedStreams = { readonly stdin: boolean; readonly tty: boolean };

/** What a command in a container gave: its exit code, and the first 10 KiB of what it wrote. */
export type ExecResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** What the runtime keeps on a file system; `mountpoint` is a path on it. */
export type FilesystemUse = { readonly mountpoint: string; readonly usedBytes: number; readonly inodesUsed?: number };

/** The container runtime over CRI v1. Every call rejects with CriError, and after its limit at the latest. */
export interface Cri {
  version(): Promise<{ readonly runtimeName: string; readonly runtimeVersion: string }>;
  /** Conditions RuntimeReady and NetworkReady. */
  status(): Promise<{ readonly runtimeReady: boolean; readonly networkReady: boolean; readonly message: string }>;
  runSandbox(config: SandboxConfig): Promise<string>;
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  listSandboxes(filter?: { readonly labels?: Labels }): Promise<readonly Sandbox[]>;
  sandboxStatus(id: string): Promise<SandboxStatus>;
  createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `graceSeconds`. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(filter?: {
    readonly labels?: Labels;
    readonly sandboxId?: string;
  }): Promise<readonly RuntimeContainer[]>;
  /** CRI does not say which sandbox it is in: whoever knows spares the runtime a question. */
  containerStatus(id: string, sandboxId?: string): Promise<RuntimeContainerStatus>;
  /** The first process of a running container, as the node counts it; undefined where the runtime does not say. */
  containerPid(id: string): Promise<number | undefined>;
  updateResources(id: string, resources: LinuxResources): Promise<void>;
  /** Where to connect (io/runtime-streams.ts) for a new process in a running container; the address serves once, within a minute. */
  exec(id: string, command: readonly string[], wanted: WantedStreams): Promise<string>;
  /** Where to connect for the streams of a running container's own process. */
  attach(id: string, wanted: WantedStreams): Promise<string>;
  /** Where to connect for TCP connections to ports inside a running sandbox. */
  portForward(sandboxId: string, port: number): Promise<string>;
  /** The running container's log is opened anew by its path, which the caller has renamed away. */
  reopenContainerLog(id: string): Promise<void>;
  /**
   * Runs a command in a running container and waits for its end. `timeoutSeconds` (a whole number, at least 1) after its
   * start it is killed, and the call rejects with `timeout`.
   */
  execSync(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /** Answers with the image's id. An abort ends the pull in the runtime, and rejects with `unavailable`. */
  pullImage(reference: string, auth: RegistryAuth | undefined, signal?: AbortSignal): Promise<string>;
  imageStatus(reference: string): Promise<Image | undefined>;
  listImages(): Promise<readonly Image[]>;
  removeImage(id: string): Promise<void>;
  /** What images and their layers take; undefined where the runtime does not tell. Measured by it now and then. */
  imageFs(): Promise<FilesystemUse | undefined>;
  /** Writable layers by the id of their container, as the runtime has last measured them. */
  writableLayers(): Promise<ReadonlyMap<string, FilesystemUse>>;
  /** Container events, where the runtime has them, of some only the ends; throws CriError `unsupported` where not. Hints only: list for the truth. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  /** Who makes control groups for this runtime; `cgroupfs` where it does not say. */
  cgroupDriver(): Promise<CgroupDriver>;
  close(): void;
}
