/** The interfaces through which the agent's actors reach the world: main fills them from agent/io, tests with fakes. */

import type { KubeObject } from '../common/model/meta.ts';
import type { NodeStatus } from '../common/model/node.ts';
import type { NodeUsage } from './core/node-conditions.ts';
import type {
  ContainerConfig,
  Image,
  Labels,
  LinuxResources,
  PodName,
  RegistryAuth,
  RuntimeContainer,
  RuntimeContainerStatus,
  Sandbox,
  SandboxConfig,
  SandboxStatus,
  VolumeFile,
} from './core/runtime-model.ts';

export type { NodeUsage } from './core/node-conditions.ts';
export type {
  ContainerConfig,
  ContainerState,
  Image,
  Labels,
  LinuxResources,
  Mount,
  NamespaceMode,
  PodName,
  RegistryAuth,
  RuntimeContainer,
  RuntimeContainerStatus,
  Sandbox,
  SandboxConfig,
  SandboxStatus,
  SecurityProfile,
  VolumeFile,
} from './core/runtime-model.ts';

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
  containerStatus(id: string): Promise<RuntimeContainerStatus>;
  updateResources(id: string, resources: LinuxResources): Promise<void>;
  /** Answers with the image's id. */
  pullImage(reference: string, auth: RegistryAuth | undefined, sandbox: SandboxConfig | undefined): Promise<string>;
  imageStatus(reference: string): Promise<Image | undefined>;
  listImages(): Promise<readonly Image[]>;
  removeImage(id: string): Promise<void>;
  /** Container events, where the runtime has them; throws CriError `unsupported` where not. Hints only: list for the truth. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  close(): void;
}

/** What the device is: read at start and when asked. */
export interface Host {
  /** Capacity, allocatable, addresses, nodeInfo; `labels` are the well-known ones and the board's model. */
  describe(): Promise<{ readonly status: NodeStatus; readonly labels: Labels }>;
  /** The resolver's configuration of the device. */
  resolvConf(): Promise<{
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  }>;
  /** Read with each beat. A host that can not tell leaves it out: then no pressure condition is reported. */
  usage?(): Promise<NodeUsage>;
}

/** What the master last wanted of this device, on the disk, so that a reboot without a network runs it. */
export interface Checkpoint {
  /** Damaged or missing entries are left out and named in `lost`. */
  load(): Promise<{
    readonly objects: ReadonlyMap<string, { readonly digest: string; readonly object: KubeObject }>;
    readonly lost: readonly string[];
  }>;
  /** Atomic as a whole and on the disk when it resolves: after a power cut either all of it is there or nothing. */
  apply(
    set: readonly { readonly key: string; readonly digest: string; readonly object: KubeObject }[],
    removed: readonly string[],
  ): Promise<void>;
}

/** Directories of pods on the device: volumes, logs, what containers are given. Whatever fails rejects with PodFilesError. */
export interface PodFiles {
  /** Where the pod's container logs go: `<logs>/<namespace>_<name>_<uid>`. */
  logDirectory(pod: PodName): string;
  /** Writes a volume of files atomically (a reader never sees half) and answers with its host path. */
  writeVolume(
    pod: PodName,
    volume: string,
    files: readonly VolumeFile[],
    options: { readonly memory: boolean; readonly fsGroup?: number },
  ): Promise<string>;
  /** Makes an empty directory volume (on tmpfs of `sizeLimitBytes` for memory), kept if there; answers with its host path. */
  makeEmptyDir(
    pod: PodName,
    volume: string,
    options: { readonly memory: boolean; readonly sizeLimitBytes?: number; readonly fsGroup?: number },
  ): Promise<string>;
  /** Checks a hostPath (and creates it for the `…OrCreate` types); rejects with PodFilesError and the reason in words. */
  checkHostPath(path: string, type: string): Promise<void>;
  /**
   * Writes a file that the agent manages for a pod (hosts, resolv.conf, termination message) and answers with its path.
   * `mode` defaults to 0644; a termination message that any user may write needs 0666.
   */
  writeFile(pod: PodName, name: string, content: string, mode?: number): Promise<string>;
  /** The termination message a container left, at most 4096 bytes. */
  readFile(pod: PodName, name: string, maxBytes: number): Promise<string>;
  /** Unmounts and removes all of the pod; its logs too. */
  remove(pod: PodName): Promise<void>;
  /** Pods (by uid) that have directories here. */
  list(): Promise<readonly PodName[]>;
}

export class PodFilesError extends Error {
  override readonly name = 'PodFilesError';
}

/** A container's log file in CRI format, as a stream of lines. */
export interface Logs {
  read(
    path: string,
    options: {
      readonly follow: boolean;
      readonly timestamps: boolean;
      readonly tailLines?: number;
      readonly sinceMillis?: number;
    },
    ended: () => boolean,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
}

/** Produces one stream of bytes for a client; a StreamError reaches the client with its words. */
export type LogHandler = (
  request: unknown,
  sink: { write(bytes: Uint8Array): Promise<void> },
  signal: AbortSignal,
) => Promise<void>;
/** Where clients ask for logs. Main fills it with serveStream on the node's subject. */
export interface LogServer {
  /** Answers with the function that ends the service. */
  serve(handler: LogHandler): () => void;
}
