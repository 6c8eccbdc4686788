/**
 * How each step is done. An executor gets what is known of the pod and answers with what is known afterwards; a refusal of
 * the runtime comes back as a value, with its words. A missing executor is a compile error.
 */

import type { Millis, Ref } from '../../common/actor/types.ts';
import type { Container } from '../../common/model/container.ts';
import type { Pod } from '../../common/model/pod.ts';
import { containerConfig } from '../core/container-config.ts';
import { environment } from '../core/env.ts';
import type { Inputs } from '../core/inputs.ts';
import type { NodeFacts } from '../core/node-facts.ts';
import type { ObservedPod } from '../core/observed-pod.ts';
import { containerSlot, type PodMemory, type ReadyImage, withoutFailure } from '../core/pod-memory.ts';
import { backOff, retryDelay } from '../core/restart.ts';
import type { PodName, SandboxConfig } from '../core/runtime-model.ts';
import { hostsFile, sandboxConfig } from '../core/sandbox-config.ts';
import { nonRootRefusal } from '../core/security.ts';
import type { StepName, StepOf } from '../core/steps.ts';
import { planVolumes, setUpFailed, type VolumePlan } from '../core/volumes.ts';
import { type Cri, CriError, type Host, type PodFiles, PodFilesError } from '../ports.ts';
import type { ImagesMessage } from './images.ts';
import { inspectContainer, terminationFile } from './inspect.ts';
import type { PodEvent } from './pod-events.ts';

export type Work = {
  readonly cri: Cri;
  readonly files: PodFiles;
  readonly host: Host;
  readonly images: Ref<ImagesMessage>;
  readonly node: NodeFacts;
  readonly name: PodName;
  /** Undefined for a pod that only the runtime knows. */
  readonly pod: Pod | undefined;
  readonly inputs: Inputs;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  now(): Millis;
  event(kind: PodEvent['kind'], reason: string, message: string, container?: Container): void;
};
export type StepResult =
  | { readonly ok: true; readonly observed: ObservedPod; readonly memory: PodMemory }
  | ({ readonly ok: false } & Refusal);
type Refusal = {
  readonly slot: string;
  readonly reason: string;
  readonly message: string;
  delay(count: number): Millis;
  /** The runtime can not be reached: nothing of the pod is at fault. */
  readonly unavailable: boolean;
};
type Executors = { readonly [K in StepName]: (step: StepOf<K>, work: Work) => Promise<StepResult> };

const PULL_LIMIT: Millis = 15 * 60_000;

export const executors: Executors = {
  'prepare-volumes': async ({ version }, work) => {
    const planned = planVolumes(podOf(work), work.inputs);
    if (!planned.ok) return mountFailed(work, planned.message);
    const paths: Record<string, string> = {};
    for (const plan of planned.value) {
      try {
        paths[plan.name] = await makeVolume(plan, work);
      } catch (error) {
        if (!(error instanceof PodFilesError)) throw error;
        return mountFailed(work, setUpFailed(plan.name, error.message));
      }
    }
    return done(work, { memory: withoutFailure({ ...work.memory, volumes: { version, paths } }, 'volumes') });
  },

  'pull-image': async ({ container: name, attempt }, work) => {
    const container = specOf(work, name);
    const image = await readyImage(container, work);
    if (!image.ok) return image;
    const images = { ...work.memory.images, [name]: { ...image.value, attempt } };
    return done(work, { memory: { ...work.memory, images } });
  },

  'create-sandbox': async ({ attempt }, work) => {
    try {
      const config = await sandboxOf(work, attempt);
      const sandbox = await work.cri.sandboxStatus(await work.cri.runSandbox(config));
      const observed = { ...work.observed, sandboxes: [...work.observed.sandboxes, sandbox] };
      return done(work, { observed, memory: withoutFailure(work.memory, 'sandbox') });
    } catch (error) {
      const result = refused(error, 'sandbox', 'FailedCreatePodSandBox', retryDelay);
      const message = `Failed to create pod sandbox: ${result.message}`;
      if (!result.unavailable) work.event('Warning', 'FailedCreatePodSandBox', message);
      return { ...result, message };
    }
  },

  'start-container': async ({ container: name, attempt, sandboxId }, work) => {
    const container = specOf(work, name);
    const slot = containerSlot(name);
    const config = await configOf(container, attempt, work);
    if (!config.ok) {
      work.event('Warning', 'Failed', `Error: ${config.message}`, container);
      return refusal(slot, 'CreateContainerConfigError', config.message);
    }
    let stage: 'CreateContainerError' | 'RunContainerError' = 'CreateContainerError';
    try {
      const sandbox = await sandboxOf(work, sandboxAttempt(work, sandboxId));
      const id = await work.cri.createContainer(sandboxId, config.value, sandbox);
      work.event('Normal', 'Created', `Container created: ${name}`, container);
      stage = 'RunContainerError';
      await work.cri.startContainer(id);
      work.event('Normal', 'Started', `Container started: ${name}`, container);
      const status = await inspectContainer(work, work.name, id);
      const observed = { ...work.observed, containers: [...work.observed.containers, status] };
      return done(work, { observed, memory: withoutFailure(work.memory, slot) });
    } catch (error) {
      const result = refused(error, slot, stage, retryDelay);
      if (!result.unavailable) work.event('Warning', 'Failed', `Error: ${result.message}`, container);
      return result;
    }
  },

  'stop-containers': async ({ ids, graceSeconds, why }, work) => {
    const stop = async (id: string) => {
      const name = work.observed.containers.find((container) => container.id === id)?.name ?? id;
      work.event('Normal', 'Killing', `Stopping container ${name}: ${why}`);
      await ignoreMissing(work.cri.stopContainer(id, graceSeconds));
      return inspectContainer(work, work.name, id);
    };
    return removal(work, async () => {
      const stopped = new Map((await Promise.all(ids.map(stop))).map((status) => [status.id, status]));
      const containers = work.observed.containers.map((container) => stopped.get(container.id) ?? container);
      return { ...work.observed, containers };
    });
  },

  'remove-containers': ({ ids }, work) =>
    removal(work, async () => {
      await Promise.all(ids.map((id) => ignoreMissing(work.cri.removeContainer(id))));
      return { ...work.observed, containers: work.observed.containers.filter(({ id }) => !ids.includes(id)) };
    }),

  'stop-sandbox': ({ id }, work) =>
    removal(work, async () => {
      await ignoreMissing(work.cri.stopSandbox(id));
      const sandboxes = work.observed.sandboxes.map((box) => (box.id === id ? { ...box, ready: false, ips: [] } : box));
      return { ...work.observed, sandboxes };
    }),

  'remove-sandboxes': ({ ids }, work) =>
    removal(work, async () => {
      for (const id of ids) {
        await ignoreMissing(work.cri.stopSandbox(id));
        await ignoreMissing(work.cri.removeSandbox(id));
      }
      return {
        sandboxes: work.observed.sandboxes.filter(({ id }) => !ids.includes(id)),
        containers: work.observed.containers.filter(({ sandboxId }) => !ids.includes(sandboxId)),
      };
    }),

  'remove-files': (_, work) =>
    removal(work, async () => {
      await work.files.remove(work.name);
      return work.observed;
    }),
};

function done(work: Work, change: Partial<Pick<Work, 'observed' | 'memory'>>): StepResult {
  return { ok: true, observed: change.observed ?? work.observed, memory: change.memory ?? work.memory };
}

function refusal(
  slot: string,
  reason: string,
  message: string,
  delay = retryDelay,
): StepResult & { readonly ok: false } {
  return { ok: false, slot, reason, message, delay, unavailable: false };
}

/** What a port refused, as a value; anything else is a bug and thrown on. */
function refused(
  error: unknown,
  slot: string,
  reason: string,
  delay: Refusal['delay'],
): StepResult & { readonly ok: false } {
  if (error instanceof PodFilesError) return refusal(slot, reason, error.message, delay);
  if (!(error instanceof CriError)) throw error;
  const unavailable = error.code === 'unavailable' || error.code === 'unsupported';
  return { ok: false, slot, reason, message: error.message, delay, unavailable };
}

/** Steps that end things share one failure: it is tried again later. */
async function removal(work: Work, act: () => Promise<ObservedPod>): Promise<StepResult> {
  try {
    return done(work, { observed: await act(), memory: withoutFailure(work.memory, 'removal') });
  } catch (error) {
    const result = refused(error, 'removal', 'FailedKillPod', retryDelay);
    if (!result.unavailable) work.event('Warning', 'FailedKillPod', `error killing pod: ${result.message}`);
    return result;
  }
}

async function ignoreMissing(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CriError && error.code === 'not-found')) throw error;
  }
}

function mountFailed(work: Work, message: string): StepResult {
  work.event('Warning', 'FailedMount', message);
  return refusal('volumes', 'FailedMount', message);
}

async function makeVolume(plan: VolumePlan, { files, name }: Work): Promise<string> {
  switch (plan.type) {
    case 'empty':
      return files.makeEmptyDir(name, plan.name, { memory: plan.memory });
    case 'host':
      await files.checkHostPath(plan.path, plan.check);
      return plan.path;
    case 'files':
      return files.writeVolume(name, plan.name, plan.files, { memory: plan.memory });
  }
}

/** The image is there, or is pulled, as its policy says. */
async function readyImage(
  container: Container,
  work: Work,
): Promise<{ readonly ok: true; readonly value: Omit<ReadyImage, 'attempt'> } | (StepResult & { readonly ok: false })> {
  const { name, image: reference, imagePullPolicy: policy } = container;
  const slot = containerSlot(name);
  const failed = (reason: string, message: string, unavailable = false) => {
    if (!unavailable) work.event('Warning', 'Failed', `Failed to pull image "${reference}": ${message}`, container);
    return { ...refusal(slot, reason, message, backOff), unavailable };
  };
  try {
    let image = policy === 'Always' ? undefined : await work.cri.imageStatus(reference);
    if (image !== undefined) {
      work.event('Normal', 'Pulled', `Container image "${reference}" already present on machine`, container);
    } else if (policy === 'Never') {
      return failed('ErrImageNeverPull', `Container image "${reference}" is not present with pull policy of Never`);
    } else {
      work.event('Normal', 'Pulling', `Pulling image "${reference}"`, container);
      const pulled = await work.images.ask({ type: 'pull', reference }, PULL_LIMIT);
      if (!pulled.ok) return failed('ErrImagePull', pulled.message, pulled.unavailable);
      work.event('Normal', 'Pulled', `Successfully pulled image "${reference}" in ${pulled.millis}ms`, container);
      image = await work.cri.imageStatus(pulled.id);
      if (image === undefined) return failed('ErrImagePull', `image "${reference}" was pulled and is not there`);
    }
    const { id, uid, username } = image;
    return {
      ok: true,
      value: { id, ...(uid === undefined ? {} : { uid }), ...(username === undefined ? {} : { username }) },
    };
  } catch (error) {
    return refused(error, slot, 'ErrImagePull', backOff);
  }
}

async function sandboxOf(work: Work, attempt: number): Promise<SandboxConfig> {
  const dns = await work.host.resolvConf();
  return sandboxConfig({ pod: podOf(work), attempt, logDirectory: work.files.logDirectory(work.name), dns });
}

const sandboxAttempt = ({ observed }: Work, id: string) =>
  observed.sandboxes.find((sandbox) => sandbox.id === id)?.attempt ?? 0;

type Configured =
  | { readonly ok: true; readonly value: ReturnType<typeof containerConfig> }
  | { readonly ok: false; readonly message: string };

async function configOf(container: Container, attempt: number, work: Work): Promise<Configured> {
  const pod = podOf(work);
  const image = work.memory.images[container.name];
  if (image === undefined) throw new Error(`container ${container.name} is to be started before its image is known`);
  const refusedUser = nonRootRefusal(pod, container, image);
  if (refusedUser !== undefined) return { ok: false, message: refusedUser };
  const podIps = pod.spec.hostNetwork
    ? work.node.ips
    : (work.observed.sandboxes.findLast(({ ready }) => ready)?.ips ?? []);
  const variables = environment(pod, container, work.inputs, { podIps, node: work.node });
  if (!variables.ok) return variables;
  const ownMounts = [
    {
      hostPath: await work.files.writeFile(work.name, terminationFile(container.name, attempt), '', 0o666),
      containerPath: '/dev/termination-log',
      readOnly: false,
    },
  ];
  if (!pod.spec.hostNetwork) {
    const hostPath = await work.files.writeFile(work.name, 'etc-hosts', hostsFile(pod, podIps));
    ownMounts.push({ hostPath, containerPath: '/etc/hosts', readOnly: false });
  }
  const volumePaths = work.memory.volumes?.paths ?? {};
  const input = { pod, container, attempt, image: image.id, variables: variables.value, volumePaths, ownMounts };
  return { ok: true, value: containerConfig({ ...input, node: work.node }) };
}

function podOf({ pod, name }: Work): Pod {
  if (pod === undefined) throw new Error(`a step of pod ${name.uid} needs its spec, and nobody wants it any more`);
  return pod;
}

function specOf(work: Work, name: string): Container {
  const { spec } = podOf(work);
  const container = [...spec.containers, ...(spec.initContainers ?? [])].find((one) => one.name === name);
  if (container === undefined) throw new Error(`pod ${work.name.uid} has no container ${name}`);
  return container;
}
