/**
 * The part of the published CRI v1 (package `runtime.v1`) that the agent uses: its messages with their field numbers,
 * and its calls. Fields that are not used are left out; a decoder skips them.
 */
import {
  bool,
  bytes,
  type Codec,
  int,
  list,
  message,
  nanosAsMillis,
  nested,
  repeated,
  string,
  stringMap,
} from './protobuf.ts';

const INT64_VALUE = message({ value: [1, int] });
const EMPTY = message({});
const SANDBOX_ID = message({ podSandboxId: [1, string] });
const CONTAINER_ID = message({ containerId: [1, string] });
/** containerd.events.TaskExit: `id` is that of the process, the container's own for its first one. */
const TASK_EXIT = message({ containerId: [1, string], id: [2, string] });
const STREAM_URL = message({ url: [1, string] });

const NAMESPACE_OPTION = message({ network: [1, int], pid: [2, int], ipc: [3, int] });
const SECURITY_PROFILE = message({ profileType: [1, int], localhostRef: [2, string] });
const SELINUX_OPTION = message({ user: [1, string], role: [2, string], type: [3, string], level: [4, string] });
const RESOURCES = message({
  cpuPeriod: [1, int],
  cpuQuota: [2, int],
  cpuShares: [3, int],
  memoryLimitInBytes: [4, int],
  oomScoreAdj: [5, int],
  unified: [9, stringMap],
  memorySwapLimitInBytes: [10, int],
});

const SANDBOX_METADATA = message({ name: [1, string], uid: [2, string], namespace: [3, string], attempt: [4, int] });
const SANDBOX_SECURITY = message({
  namespaceOptions: [1, nested(NAMESPACE_OPTION)],
  selinuxOptions: [2, nested(SELINUX_OPTION)],
  runAsUser: [3, nested(INT64_VALUE)],
  supplementalGroups: [5, repeated(int)],
  privileged: [6, bool],
  runAsGroup: [8, nested(INT64_VALUE)],
  seccomp: [9, nested(SECURITY_PROFILE)],
});
export const SANDBOX_CONFIG = message({
  metadata: [1, nested(SANDBOX_METADATA)],
  hostname: [2, string],
  logDirectory: [3, string],
  dnsConfig: [
    4,
    nested(
      message({ servers: [1, repeated(string)], searches: [2, repeated(string)], options: [3, repeated(string)] }),
    ),
  ],
  portMappings: [
    5,
    list(message({ protocol: [1, int], containerPort: [2, int], hostPort: [3, int], hostIp: [4, string] })),
  ],
  labels: [6, stringMap],
  annotations: [7, stringMap],
  linux: [
    8,
    nested(
      message({ cgroupParent: [1, string], securityContext: [2, nested(SANDBOX_SECURITY)], sysctls: [3, stringMap] }),
    ),
  ],
});

const CONTAINER_METADATA = message({ name: [1, string], attempt: [2, int] });
const IMAGE_SPEC = message({ image: [1, string] });
const CONTAINER_SECURITY = message({
  capabilities: [
    1,
    nested(message({ addCapabilities: [1, repeated(string)], dropCapabilities: [2, repeated(string)] })),
  ],
  privileged: [2, bool],
  namespaceOptions: [3, nested(NAMESPACE_OPTION)],
  selinuxOptions: [4, nested(SELINUX_OPTION)],
  runAsUser: [5, nested(INT64_VALUE)],
  runAsUsername: [6, string],
  readonlyRootfs: [7, bool],
  supplementalGroups: [8, repeated(int)],
  noNewPrivs: [11, bool],
  runAsGroup: [12, nested(INT64_VALUE)],
  maskedPaths: [13, repeated(string)],
  readonlyPaths: [14, repeated(string)],
  seccomp: [15, nested(SECURITY_PROFILE)],
  apparmor: [16, nested(SECURITY_PROFILE)],
});
export const CONTAINER_CONFIG = message({
  metadata: [1, nested(CONTAINER_METADATA)],
  image: [2, nested(IMAGE_SPEC)],
  command: [3, repeated(string)],
  args: [4, repeated(string)],
  workingDir: [5, string],
  envs: [6, list(message({ key: [1, string], value: [2, string] }))],
  mounts: [
    7,
    list(message({ containerPath: [1, string], hostPath: [2, string], readonly: [3, bool], propagation: [5, int] })),
  ],
  devices: [8, list(message({ containerPath: [1, string], hostPath: [2, string], permissions: [3, string] }))],
  labels: [9, stringMap],
  annotations: [10, stringMap],
  logPath: [11, string],
  stdin: [12, bool],
  stdinOnce: [13, bool],
  tty: [14, bool],
  linux: [15, nested(message({ resources: [1, nested(RESOURCES)], securityContext: [2, nested(CONTAINER_SECURITY)] }))],
});

export const SANDBOX = message({
  id: [1, string],
  metadata: [2, nested(SANDBOX_METADATA)],
  state: [3, int],
  createdAt: [4, nanosAsMillis],
  labels: [5, stringMap],
  annotations: [6, stringMap],
});
export const SANDBOX_STATUS = message({
  id: [1, string],
  metadata: [2, nested(SANDBOX_METADATA)],
  state: [3, int],
  createdAt: [4, nanosAsMillis],
  network: [5, nested(message({ ip: [1, string], additionalIps: [2, list(message({ ip: [1, string] }))] }))],
  linux: [6, nested(message({ namespaces: [1, nested(message({ options: [2, nested(NAMESPACE_OPTION)] }))] }))],
  labels: [7, stringMap],
  annotations: [8, stringMap],
});
export const CONTAINER = message({
  id: [1, string],
  podSandboxId: [2, string],
  metadata: [3, nested(CONTAINER_METADATA)],
  image: [4, nested(IMAGE_SPEC)],
  imageRef: [5, string],
  state: [6, int],
  createdAt: [7, nanosAsMillis],
  labels: [8, stringMap],
  annotations: [9, stringMap],
});
export const CONTAINER_STATUS = message({
  id: [1, string],
  metadata: [2, nested(CONTAINER_METADATA)],
  state: [3, int],
  createdAt: [4, nanosAsMillis],
  startedAt: [5, nanosAsMillis],
  finishedAt: [6, nanosAsMillis],
  exitCode: [7, int],
  image: [8, nested(IMAGE_SPEC)],
  imageRef: [9, string],
  reason: [10, string],
  message: [11, string],
  labels: [12, stringMap],
  annotations: [13, stringMap],
  logPath: [15, string],
});
export const IMAGE = message({
  id: [1, string],
  repoTags: [2, repeated(string)],
  repoDigests: [3, repeated(string)],
  size: [4, int],
  uid: [5, nested(INT64_VALUE)],
  username: [6, string],
  pinned: [8, bool],
});
const UINT64_VALUE = message({ value: [1, int] });
export const FILESYSTEM_USAGE = message({
  fsId: [2, nested(message({ mountpoint: [1, string] }))],
  usedBytes: [3, nested(UINT64_VALUE)],
  inodesUsed: [4, nested(UINT64_VALUE)],
});
/** Of a container's stats: CPU and memory are read from the kernel. */
const CONTAINER_STATS = message({
  attributes: [1, nested(message({ id: [1, string] }))],
  writableLayer: [4, nested(FILESYSTEM_USAGE)],
});
const RUNTIME_CONDITION = message({ type: [1, string], status: [2, bool], reason: [3, string], message: [4, string] });

/** A call: its path on the connection, what is sent and what comes back. */
export type Method<Q, A> = {
  readonly path: string;
  encode(request: Q): Buffer;
  decode(bytes: Buffer): A;
};

function method<Q, A>(path: string, request: Codec<unknown, Q>, response: Codec<A, never>): Method<Q, A> {
  return { path, encode: request.encode, decode: response.decode };
}
const runtime = <Q, A>(name: string, request: Codec<unknown, Q>, response: Codec<A, never>): Method<Q, A> =>
  method(`/runtime.v1.RuntimeService/${name}`, request, response);
const image = <Q, A>(name: string, request: Codec<unknown, Q>, response: Codec<A, never>): Method<Q, A> =>
  method(`/runtime.v1.ImageService/${name}`, request, response);

export const CALLS = {
  version: runtime(
    'Version',
    message({ version: [1, string] }),
    message({ runtimeName: [2, string], runtimeVersion: [3, string], runtimeApiVersion: [4, string] }),
  ),
  status: runtime(
    'Status',
    message({ verbose: [1, bool] }),
    message({ status: [1, nested(message({ conditions: [1, list(RUNTIME_CONDITION)] }))], info: [2, stringMap] }),
  ),
  runtimeConfig: runtime('RuntimeConfig', EMPTY, message({ linux: [1, nested(message({ cgroupDriver: [1, int] }))] })),
  runSandbox: runtime('RunPodSandbox', message({ config: [1, nested(SANDBOX_CONFIG)] }), SANDBOX_ID),
  stopSandbox: runtime('StopPodSandbox', SANDBOX_ID, EMPTY),
  removeSandbox: runtime('RemovePodSandbox', SANDBOX_ID, EMPTY),
  sandboxStatus: runtime('PodSandboxStatus', SANDBOX_ID, message({ status: [1, nested(SANDBOX_STATUS)] })),
  listSandboxes: runtime(
    'ListPodSandbox',
    message({ filter: [1, nested(message({ labelSelector: [3, stringMap] }))] }),
    message({ items: [1, list(SANDBOX)] }),
  ),
  createContainer: runtime(
    'CreateContainer',
    message({
      podSandboxId: [1, string],
      config: [2, nested(CONTAINER_CONFIG)],
      sandboxConfig: [3, nested(SANDBOX_CONFIG)],
    }),
    CONTAINER_ID,
  ),
  startContainer: runtime('StartContainer', CONTAINER_ID, EMPTY),
  stopContainer: runtime('StopContainer', message({ containerId: [1, string], timeout: [2, int] }), EMPTY),
  removeContainer: runtime('RemoveContainer', CONTAINER_ID, EMPTY),
  listContainers: runtime(
    'ListContainers',
    message({
      filter: [1, nested(message({ id: [1, string], podSandboxId: [3, string], labelSelector: [4, stringMap] }))],
    }),
    message({ containers: [1, list(CONTAINER)] }),
  ),
  containerStatus: runtime(
    'ContainerStatus',
    message({ containerId: [1, string], verbose: [2, bool] }),
    message({ status: [1, nested(CONTAINER_STATUS)], info: [2, stringMap] }),
  ),
  updateResources: runtime(
    'UpdateContainerResources',
    message({ containerId: [1, string], linux: [2, nested(RESOURCES)] }),
    EMPTY,
  ),
  exec: runtime(
    'Exec',
    message({
      containerId: [1, string],
      command: [2, repeated(string)],
      tty: [3, bool],
      stdin: [4, bool],
      stdout: [5, bool],
      stderr: [6, bool],
    }),
    STREAM_URL,
  ),
  attach: runtime(
    'Attach',
    message({ containerId: [1, string], stdin: [2, bool], tty: [3, bool], stdout: [4, bool], stderr: [5, bool] }),
    STREAM_URL,
  ),
  portForward: runtime('PortForward', message({ podSandboxId: [1, string], ports: [2, repeated(int)] }), STREAM_URL),
  reopenContainerLog: runtime('ReopenContainerLog', CONTAINER_ID, EMPTY),
  execSync: runtime(
    'ExecSync',
    message({ containerId: [1, string], cmd: [2, repeated(string)], timeout: [3, int] }),
    message({ stdout: [1, bytes], stderr: [2, bytes], exitCode: [3, int] }),
  ),
  events: runtime(
    'GetContainerEvents',
    EMPTY,
    message({ containerId: [1, string], type: [2, int], podSandboxStatus: [4, nested(SANDBOX_STATUS)] }),
  ),
  containerStats: runtime('ListContainerStats', EMPTY, message({ stats: [1, list(CONTAINER_STATS)] })),
  /** containerd's own events (package containerd.services.events.v1), which also those of its versions have that know none of CRI. */
  taskEvents: method(
    '/containerd.services.events.v1.Events/Subscribe',
    message({ filters: [1, repeated(string)] }),
    message({ topic: [3, string], event: [4, nested(message({ value: [2, nested(TASK_EXIT)] }))] }),
  ),
  listImages: image('ListImages', EMPTY, message({ images: [1, list(IMAGE)] })),
  imageStatus: image(
    'ImageStatus',
    message({ image: [1, nested(IMAGE_SPEC)], verbose: [2, bool] }),
    message({ image: [1, nested(IMAGE)], info: [2, stringMap] }),
  ),
  pullImage: image(
    'PullImage',
    message({
      image: [1, nested(IMAGE_SPEC)],
      auth: [2, nested(message({ username: [1, string], password: [2, string], serverAddress: [4, string] }))],
    }),
    message({ imageRef: [1, string] }),
  ),
  imageFs: image('ImageFsInfo', EMPTY, message({ filesystems: [1, list(FILESYSTEM_USAGE)] })),
  removeImage: image('RemoveImage', message({ image: [1, nested(IMAGE_SPEC)] }), EMPTY),
} as const;
