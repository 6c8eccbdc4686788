/** The steps that bring a pod up: images, its sandbox, its containers. Its volumes are made in volume-steps.ts. */

import type { Container } from '../../../common/model/container.ts';
import { unenforced } from '../../core/config/container-resources.ts';
import { containerHash } from '../../core/pod/container-hash.ts';
import { withContainer } from '../../core/pod/observed-pod.ts';
import { containerSlot, type PodMemory, withoutFailure, withRun } from '../../core/pod/pod-memory.ts';
import { retryDelay } from '../../core/pod/restart.ts';
import { startedRun } from '../../core/pod/runs.ts';
import { inspectContainer } from './inspect.ts';
import { readyImage } from './ready-image.ts';
import { configOf, sandboxOf } from './runtime-configs.ts';
import { done, type Executors, type Refused, refusal, refused, specOf, type Work } from './step-work.ts';

export const startSteps: Executors<'pull-image' | 'create-sandbox' | 'start-container'> = {
  'pull-image': async ({ container: name, attempt }, work) => {
    const container = specOf(work, name);
    const image = await readyImage(container, work);
    if (!image.ok) return image;
    const ready = { ...image.value, attempt };
    return done({ memory: (memory) => ({ ...memory, images: { ...memory.images, [name]: ready } }) });
  },

  'create-sandbox': async ({ attempt }, work) => {
    if (attempt > 0) work.event('Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    try {
      const config = await sandboxOf(work, attempt);
      if (!config.ok) return noSandbox(work, refusal('sandbox', 'FailedCreatePodSandBox', config.message));
      const sandbox = await work.cri.sandboxStatus(await work.cri.runSandbox(config.value));
      return done({
        observed: (observed) => ({ ...observed, sandboxes: [...observed.sandboxes, sandbox] }),
        memory: (memory) => withoutFailure(memory, 'sandbox'),
      });
    } catch (error) {
      return noSandbox(work, refused(error, 'sandbox', 'FailedCreatePodSandBox', retryDelay));
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
      if (!sandbox.ok) return refusal(slot, 'CreateContainerConfigError', sandbox.message);
      const id = await work.cri.createContainer(sandboxId, config.value, sandbox.value);
      work.event('Normal', 'Created', `Container created: ${name}`, container);
      stage = 'RunContainerError';
      await work.cri.startContainer(id);
      work.event('Normal', 'Started', `Container started: ${name}`, container);
      sayUnenforced(container, work);
      const status = await inspectContainer(work, work.name, { id, sandboxId });
      return done({
        observed: (observed) => withContainer(observed, status),
        memory: (memory) => withStart(withoutFailure(memory, slot), container, id),
      });
    } catch (error) {
      const result = explained(refused(error, slot, stage, retryDelay), work.state.memory.images[name]?.foreign);
      if (!result.unavailable) work.event('Warning', 'Failed', `Error: ${result.message}`, container);
      return result;
    }
  },
};

function noSandbox(work: Work, result: Refused): Refused {
  const message = `Failed to create pod sandbox: ${result.message}`;
  if (!result.unavailable) work.event('Warning', 'FailedCreatePodSandBox', message);
  return { ...result, message };
}

/** What the kernel says of a program for other processors leaves people guessing. */
function explained(result: Refused, foreign: string | undefined): Refused {
  if (foreign === undefined || !/exec format error/i.test(result.message)) return result;
  return { ...result, message: `${result.message}: ${foreign}` };
}

/** Once a start, so that nobody relies on a limit that this kernel does not enforce. */
function sayUnenforced(container: Container, work: Work): void {
  for (const limit of unenforced(container, work.node)) {
    const message = `The ${limit} limit of container ${container.name} is not enforced: the node's condition Degraded says why`;
    work.event('Warning', 'LimitNotEnforced', message, container);
  }
}

const sandboxAttempt = ({ state }: Work, id: string) =>
  state.observed.sandboxes.find((sandbox) => sandbox.id === id)?.attempt ?? 0;

function withStart(memory: PodMemory, container: Container, id: string): PodMemory {
  const run = startedRun(id, containerHash(container), memory.runs[container.name]);
  const hook = container.lifecycle?.postStart === undefined ? {} : ({ hook: 'due' } as const);
  return withRun(memory, container.name, { ...run, ...hook, resources: container.resources });
}
