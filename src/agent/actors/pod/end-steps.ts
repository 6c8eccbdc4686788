/** The steps that end what a pod has: containers, sandboxes, directories. They share one failure, which is tried again later. */

import { containerNamed } from '../../core/pod/containers.ts';
import { type ObservedPod, withContainer } from '../../core/pod/observed-pod.ts';
import { type PodMemory, withoutFailure } from '../../core/pod/pod-memory.ts';
import { retryDelay } from '../../core/pod/restart.ts';
import type { EndOfContainer } from '../../core/pod/steps.ts';
import type { SandboxStatus } from '../../core/runtime-model.ts';
import { inspectContainer, unlessMissing } from './inspect.ts';
import { removePodCgroup } from './pod-cgroup.ts';
import { done, type Executors, refused, type StepResult, type Work } from './step-work.ts';
import { sendStopSignal } from './stop-signal.ts';

export const endSteps: Executors<
  'stop-container' | 'remove-containers' | 'stop-sandbox' | 'remove-sandboxes' | 'remove-volumes' | 'remove-files'
> = {
  'stop-container': async (step, work) => {
    sayKilling(step, work);
    return removal(work, async () => {
      const signal = signalOf(step.container, work);
      if (signal !== undefined) await sendStopSignal(signal, step, work);
      await ignoreMissing(work.cri.stopContainer(step.id, signal === undefined ? step.seconds : 0));
      const { sandboxId } = work.state.observed.containers.find(({ id }) => id === step.id) ?? {};
      const status = await unlessMissing(inspectContainer(work, work.name, { id: step.id, sandboxId }));
      return (observed) => (status === undefined ? without(observed, [step.id]) : withContainer(observed, status));
    });
  },

  'remove-containers': ({ ids }, work) =>
    removal(work, async () => {
      await Promise.all(ids.map((id) => ignoreMissing(work.cri.removeContainer(id))));
      return (observed) => without(observed, ids);
    }),

  'stop-sandbox': ({ id }, work) =>
    removal(work, async () => {
      await ignoreMissing(work.cri.stopSandbox(id));
      const stopped = (box: SandboxStatus) => (box.id === id ? { ...box, ready: false, ips: [] } : box);
      return (observed) => ({ ...observed, sandboxes: observed.sandboxes.map(stopped) });
    }),

  'remove-sandboxes': ({ ids }, work) =>
    removal(work, async () => {
      for (const id of ids) {
        await ignoreMissing(work.cri.stopSandbox(id));
        await ignoreMissing(work.cri.removeSandbox(id));
      }
      return ({ sandboxes, containers }) => ({
        sandboxes: sandboxes.filter(({ id }) => !ids.includes(id)),
        containers: containers.filter(({ sandboxId }) => !ids.includes(sandboxId)),
      });
    }),

  'remove-volumes': (_, work) =>
    removal(
      work,
      async () => {
        await work.files.removeVolumes(work.name);
        return (observed) => observed;
      },
      ({ volumes: _gone, ...memory }) => ({ ...memory, volumesRemoved: true }),
    ),

  'remove-files': (_, work) =>
    removal(work, async () => {
      await removePodCgroup(work);
      await work.files.remove(work.name);
      return (observed) => observed;
    }),
};

const signalOf = (name: string, { pod }: Work): string | undefined =>
  pod === undefined ? undefined : containerNamed(pod, name)?.lifecycle?.stopSignal;

/** Once for each end of a container, by the step that begins it. */
export function sayKilling({ id, container, why }: EndOfContainer, work: Work): void {
  if (work.state.memory.stops[id] === undefined) work.event('Normal', 'Killing', why, { name: container });
}

const without = (observed: ObservedPod, ids: readonly string[]): ObservedPod => ({
  ...observed,
  containers: observed.containers.filter(({ id }) => !ids.includes(id)),
});

async function removal(
  work: Work,
  act: () => Promise<(observed: ObservedPod) => ObservedPod>,
  remember = (memory: PodMemory): PodMemory => memory,
): Promise<StepResult> {
  try {
    return done({ observed: await act(), memory: (memory) => remember(withoutFailure(memory, 'removal')) });
  } catch (error) {
    const result = refused(error, 'removal', 'FailedKillPod', retryDelay);
    if (!result.unavailable) work.event('Warning', 'FailedKillPod', `error killing pod: ${result.message}`);
    return result;
  }
}

async function ignoreMissing(call: Promise<void>): Promise<void> {
  await unlessMissing(call);
}
