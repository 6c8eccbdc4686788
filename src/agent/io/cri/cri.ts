/** The container runtime for real: CRI v1 over its unix socket. What the calls mean is said in ports.ts. */
import { realClock } from '../../../common/actor/clock.ts';
import type { Clock, Millis } from '../../../common/actor/types.ts';
import { type Cri, CriError, type RuntimeEvent } from '../../ports/cri.ts';
import { driverOfConfig, driverOfInfo } from './cgroup-driver.ts';
import { connectSocket } from './cri-connection.ts';
import {
  architectureIn,
  containerConfigOut,
  containerIn,
  containerStatusIn,
  eventIn,
  filesystemIn,
  imageIn,
  pidIn,
  resourcesOut,
  sandboxConfigOut,
  sandboxIn,
  sandboxStatusIn,
} from './cri-mapping.ts';
import { CALLS, type Method } from './cri-messages.ts';

export type CriOptions = {
  /** Default: the real one. */
  readonly clock?: Pick<Clock, 'timer'>;
  /** How long a call may take; default 2 minutes. */
  readonly limit?: Millis;
  /** How long starting a sandbox, its network included, may take; default 4 minutes. */
  readonly sandboxLimit?: Millis;
  /** Folder of seccomp profiles of type Localhost. Default /var/lib/bramble/agent/seccomp. */
  readonly seccompDir?: string;
  /** How long a pull may take as a whole; default 30 minutes. */
  readonly pullLimit?: Millis;
  /** Resolves once the runtime was given the device's own images: sandboxes and images are not asked for before. */
  readonly imagesBrought?: Promise<void> | undefined;
};

const MINUTE = 60_000;
/** How long a runtime may take to start a command and to kill one that ran for too long. */
const EXEC_MARGIN = MINUTE;
/** Of what a command writes that is kept, as the kubelet keeps it. */
const EXEC_OUTPUT = 10 * 1024;

/** `endpoint` is the runtime's unix socket, as a path or as `unix:///path`. Connects at the first call; a runtime that is not there yet makes calls reject with `unavailable`. */
export function createCri(endpoint: string, options: CriOptions = {}): Cri {
  const { clock = realClock, limit = 2 * MINUTE, sandboxLimit = 4 * MINUTE, pullLimit = 30 * MINUTE } = options;
  const { seccompDir = '/var/lib/bramble/agent/seccomp', imagesBrought } = options;
  const connection = connectSocket(endpoint.replace(/^unix:\/\//, ''), clock);
  const call = <Q, A>(method: Method<Q, A>, request: Q, within = limit, signal?: AbortSignal): Promise<A> =>
    connection.call(method, request, within, signal);
  /** Gone already is what was asked for. */
  const end = async <Q>(method: Method<Q, unknown>, request: Q, within = limit): Promise<void> => {
    try {
      await call(method, request, within);
    } catch (error) {
      if (!(error instanceof CriError && error.code === 'not-found')) throw error;
    }
  };
  /** containerd before 1.7 has no events of CRI, but its own: of them the ends of containers. */
  async function* ends(signal: AbortSignal): AsyncGenerator<RuntimeEvent, void> {
    const filters = ['topic=="/tasks/exit"'];
    for await (const { event } of connection.stream(CALLS.taskEvents, { filters }, signal)) {
      const exit = event?.value;
      if (exit !== undefined && exit.id === exit.containerId) yield { type: 'stopped', containerId: exit.id };
    }
  }
  const sandboxOf = async (containerId: string): Promise<string> => {
    const { containers } = await call(CALLS.listContainers, { filter: { id: containerId } });
    return containers[0]?.podSandboxId ?? '';
  };

  return {
    version: async () => {
      const { runtimeName, runtimeVersion } = await call(CALLS.version, {});
      return { runtimeName, runtimeVersion };
    },
    status: async () => {
      const { status } = await call(CALLS.status, {});
      const conditions = status?.conditions ?? [];
      const holds = (type: string) => conditions.some((condition) => condition.type === type && condition.status);
      const problems = conditions.filter((condition) => !condition.status);
      return {
        runtimeReady: holds('RuntimeReady'),
        networkReady: holds('NetworkReady'),
        message: problems.map(({ type, reason, message }) => `${type}: ${reason}: ${message}`).join('; '),
      };
    },
    runSandbox: async (config) => {
      await imagesBrought;
      const { podSandboxId } = await call(
        CALLS.runSandbox,
        { config: sandboxConfigOut(config, seccompDir) },
        sandboxLimit,
      );
      return podSandboxId;
    },
    stopSandbox: (id) => end(CALLS.stopSandbox, { podSandboxId: id }),
    removeSandbox: (id) => end(CALLS.removeSandbox, { podSandboxId: id }),
    listSandboxes: async (filter) => {
      const { items } = await call(CALLS.listSandboxes, { filter: { labelSelector: filter?.labels } });
      return items.map(sandboxIn);
    },
    sandboxStatus: async (id) => {
      const { status } = await call(CALLS.sandboxStatus, { podSandboxId: id });
      return sandboxStatusIn(present(status, `sandbox ${id}`));
    },
    createContainer: async (sandboxId, config, sandbox) => {
      const { containerId } = await call(CALLS.createContainer, {
        podSandboxId: sandboxId,
        config: containerConfigOut(config, seccompDir),
        sandboxConfig: sandboxConfigOut(sandbox, seccompDir),
      });
      return containerId;
    },
    startContainer: async (id) => {
      await call(CALLS.startContainer, { containerId: id });
    },
    stopContainer: (id, graceSeconds) =>
      end(CALLS.stopContainer, { containerId: id, timeout: graceSeconds }, limit + graceSeconds * 1000),
    removeContainer: (id) => end(CALLS.removeContainer, { containerId: id }),
    listContainers: async (filter) => {
      const { containers } = await call(CALLS.listContainers, {
        filter: { podSandboxId: filter?.sandboxId, labelSelector: filter?.labels },
      });
      return containers.map(containerIn);
    },
    containerStatus: async (id, sandboxId) => {
      const { status } = await call(CALLS.containerStatus, { containerId: id });
      const found = present(status, `container ${id}`);
      return containerStatusIn(found, sandboxId ?? (await sandboxOf(found.id)));
    },
    containerPid: async (id) => {
      const { info } = await call(CALLS.containerStatus, { containerId: id, verbose: true });
      return pidIn(info['info']);
    },
    updateResources: async (id, resources) => {
      await call(CALLS.updateResources, { containerId: id, linux: resourcesOut(resources) });
    },
    exec: async (id, command, { stdin, tty }) => {
      const request = { containerId: id, command, tty, stdin, stdout: true, stderr: !tty };
      return (await call(CALLS.exec, request)).url;
    },
    attach: async (id, { stdin, tty }) => {
      const { url } = await call(CALLS.attach, { containerId: id, stdin, tty, stdout: true, stderr: !tty });
      return url;
    },
    portForward: async (sandboxId, port) =>
      (await call(CALLS.portForward, { podSandboxId: sandboxId, ports: [port] })).url,
    reopenContainerLog: async (id) => {
      await call(CALLS.reopenContainerLog, { containerId: id });
    },
    execSync: async (id, command, timeoutSeconds) => {
      const request = { containerId: id, cmd: command, timeout: timeoutSeconds };
      const { exitCode, stdout, stderr } = await call(CALLS.execSync, request, EXEC_MARGIN + timeoutSeconds * 1000);
      return { exitCode, stdout: beginning(stdout), stderr: beginning(stderr) };
    },
    pullImage: async (reference, auth, signal) => {
      const { imageRef } = await call(CALLS.pullImage, { image: { image: reference }, auth }, pullLimit, signal);
      return imageRef;
    },
    imageStatus: async (reference) => {
      await imagesBrought;
      const { image, info } = await call(CALLS.imageStatus, { image: { image: reference }, verbose: true });
      return image && imageIn(image, architectureIn(info['info']));
    },
    listImages: async () => (await call(CALLS.listImages, {})).images.map((image) => imageIn(image)),
    imageFs: async () => {
      const { filesystems } = await call(CALLS.imageFs, {});
      return filesystemIn(filesystems[0]);
    },
    writableLayers: async () => {
      const { stats } = await call(CALLS.containerStats, {});
      const layers = stats.flatMap(({ attributes, writableLayer }) => {
        const usage = filesystemIn(writableLayer);
        return attributes === undefined || usage === undefined ? [] : [[attributes.id, usage] as const];
      });
      return new Map(layers);
    },
    removeImage: (id) => end(CALLS.removeImage, { image: { image: id } }),
    events: async function* (signal) {
      try {
        for await (const message of connection.stream(CALLS.events, {}, signal)) {
          const event = eventIn(message);
          if (event !== undefined) yield event;
        }
      } catch (error) {
        if (!(error instanceof CriError && error.code === 'unsupported')) throw error;
        yield* ends(signal);
      }
    },
    cgroupDriver: async () => {
      try {
        return driverOfConfig(await call(CALLS.runtimeConfig, {}));
      } catch (error) {
        if (!(error instanceof CriError && error.code === 'unsupported')) throw error;
        return driverOfInfo((await call(CALLS.status, { verbose: true })).info);
      }
    },
    close: () => connection.close(),
  };
}

function beginning(output: Buffer): string {
  return output.subarray(0, EXEC_OUTPUT).toString();
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new CriError('failed', `the runtime answered without the status of ${what}`);
  return value;
}
