/** The floor for a pod's start: the CRI calls that every bridge pod needs, made directly and with nothing between. */
import type { ContainerConfig, Cri, SandboxConfig } from '../../src/agent/ports/cri.ts';

const IMAGE = 'bramble.local/busybox:1';

export type Floor = {
  /** Of each pod, one after another: from RunPodSandbox to a status that says running. */
  readonly serialMillis: readonly number[];
  /** Until the last of as many pods, started at once, is running. */
  readonly parallelMillis: number;
};

/** Starts `count` pods in turn and then at once, and removes them. The busybox image must be on the device. */
export async function measureFloor(cri: Cri, count: number): Promise<Floor> {
  const serialMillis: number[] = [];
  const run = async (name: string): Promise<string> => {
    const sandbox = sandboxConfig(name);
    const id = await cri.runSandbox(sandbox);
    const container = await cri.createContainer(id, containerConfig, sandbox);
    await cri.startContainer(container);
    const { state } = await cri.containerStatus(container);
    if (state !== 'running') throw new Error(`the container of ${name} is ${state}`);
    return id;
  };
  const end = async (id: string): Promise<void> => {
    await cri.stopSandbox(id);
    await cri.removeSandbox(id);
  };
  for (let index = 0; index < count; index += 1) {
    const begin = performance.now();
    const id = await run(`floor-serial-${index}`);
    serialMillis.push(performance.now() - begin);
    await end(id);
  }
  const begin = performance.now();
  const ids = await Promise.all(Array.from({ length: count }, (_, index) => run(`floor-parallel-${index}`)));
  const parallelMillis = performance.now() - begin;
  await Promise.all(ids.map(end));
  return { serialMillis, parallelMillis };
}

const namespaces = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } as const;

function sandboxConfig(name: string): SandboxConfig {
  return {
    name,
    namespace: 'bench',
    uid: name,
    attempt: 0,
    hostname: name,
    logDirectory: '',
    labels: {},
    annotations: {},
    namespaces,
  };
}

const containerConfig: ContainerConfig = {
  name: 'main',
  attempt: 0,
  image: IMAGE,
  command: ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 1000000 & wait'],
  args: [],
  envs: [],
  mounts: [],
  labels: {},
  annotations: {},
  logPath: '',
  stdin: false,
  stdinOnce: false,
  tty: false,
  resources: {},
  security: {
    privileged: false,
    addCapabilities: [],
    dropCapabilities: [],
    readonlyRootfs: false,
    noNewPrivileges: false,
    supplementalGroups: [],
    namespaces,
  },
};
