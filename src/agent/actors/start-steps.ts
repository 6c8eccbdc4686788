/** The steps that bring a pod up: volumes, images, its sandbox, its containers. */

import type { Container } from '../../common/model/container.ts';
import { unenforced } from '../core/container-resources.ts';
import { containerSlot, withoutFailure } from '../core/pod-memory.ts';
import { retryDelay } from '../core/restart.ts';
import { planVolumes, setUpFailed, type VolumePlan } from '../core/volumes.ts';
import { PodFilesError } from '../ports/pod-files.ts';
import { inspectContainer } from './inspect.ts';
import { readyImage } from './ready-image.ts';
import { configOf, sandboxOf } from './runtime-configs.ts';
import { done, type Executors, podOf, refusal, refused, type StepResult, specOf, type Work } from './step-work.ts';

export const startSteps: Executors<'prepare-volumes' | 'pull-image' | 'create-sandbox' | 'start-container'> = {
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
      sayUnenforced(container, work);
      const status = await inspectContainer(work, work.name, id);
      const observed = { ...work.observed, containers: [...work.observed.containers, status] };
      return done(work, { observed, memory: withoutFailure(work.memory, slot) });
    } catch (error) {
      const result = refused(error, slot, stage, retryDelay);
      if (!result.unavailable) work.event('Warning', 'Failed', `Error: ${result.message}`, container);
      return result;
    }
  },
};

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

/** Once a start, so that nobody relies on a limit that this kernel does not enforce. */
function sayUnenforced(container: Container, work: Work): void {
  for (const limit of unenforced(container, work.node)) {
    const message = `The ${limit} limit of container ${container.name} is not enforced: the node's condition Degraded says why`;
    work.event('Warning', 'LimitNotEnforced', message, container);
  }
}

const sandboxAttempt = ({ observed }: Work, id: string) =>
  observed.sandboxes.find((sandbox) => sandbox.id === id)?.attempt ?? 0;
