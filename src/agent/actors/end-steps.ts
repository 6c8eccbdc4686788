/** The steps that end what a pod has: containers, sandboxes, directories. They share one failure, which is tried again later. */

import type { ObservedPod } from '../core/observed-pod.ts';
import { withoutFailure } from '../core/pod-memory.ts';
import { retryDelay } from '../core/restart.ts';
import { CriError } from '../ports/cri.ts';
import { inspectContainer } from './inspect.ts';
import { removePodCgroup } from './pod-cgroup.ts';
import { done, type Executors, refused, type StepResult, type Work } from './step-work.ts';

export const endSteps: Executors<
  'stop-containers' | 'remove-containers' | 'stop-sandbox' | 'remove-sandboxes' | 'remove-files'
> = {
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
      await removePodCgroup(work);
      await work.files.remove(work.name);
      return work.observed;
    }),
};

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
