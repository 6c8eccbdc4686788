/** A container's hooks after its start and before its end, and its resize while it runs. */

import type { LifecycleHandler } from '../../../common/model/lifecycle.ts';
import { linuxResources } from '../../core/config/container-resources.ts';
import { readySandbox } from '../../core/pod/observed-pod.ts';
import { type PodMemory, type Run, resizeSlot, withoutFailure, withRun } from '../../core/pod/pod-memory.ts';
import { widens } from '../../core/pod/resize.ts';
import { retryDelay } from '../../core/pod/restart.ts';
import { hookDone } from '../../core/pod/stopping.ts';
import { sayKilling } from './end-steps.ts';
import { runHandler } from './handlers.ts';
import { placePod } from './pod-cgroup.ts';
import { done, type Executors, podOf, refused, specOf, type Work } from './step-work.ts';

/** A postStart hook has no limit of its own in Kubernetes; a pod's worker must not wait for ever for one that hangs. */
const POST_START_LIMIT = 24 * 3_600_000;

export const hookSteps: Executors<'post-start' | 'pre-stop' | 'resize-container'> = {
  'post-start': async ({ id, container: name }, work) => {
    const container = specOf(work, name);
    const failed = !(await runHook(container.lifecycle?.postStart, name, id, POST_START_LIMIT, work));
    // The words of the hook are left out, as with the kubelet: they may hold secrets.
    if (failed) work.event('Warning', 'FailedPostStartHook', 'PostStartHook failed', container);
    return done({ memory: (memory) => afterHook(memory, name, id, failed) });
  },

  'pre-stop': async (step, work) => {
    const { id, container: name, until } = step;
    sayKilling(step, work);
    const container = specOf(work, name);
    const limit = Math.max(1, until - work.clock.now());
    if (!(await runHook(container.lifecycle?.preStop, name, id, limit, work))) {
      work.event('Warning', 'FailedPreStopHook', 'PreStopHook failed', container);
    }
    return done({ memory: (memory) => hookDone(memory, id) });
  },

  'resize-container': async ({ id, container: name }, work) => {
    const container = specOf(work, name);
    try {
      const first = widens(container, work.state.memory.runs[name]);
      if (first) await placePod(work);
      await work.cri.updateResources(id, linuxResources(podOf(work), container, work.node));
      if (!first) await placePod(work);
      work.event('Normal', 'ResizeCompleted', `Container ${name} has its new resources`, container);
      return done({ memory: (memory) => resized(memory, name, id, container.resources) });
    } catch (error) {
      const result = refused(error, resizeSlot(name), 'Error', retryDelay);
      if (!result.unavailable) work.event('Warning', 'ResizeError', `Error: ${result.message}`, container);
      return result;
    }
  },
};

/** Whether it succeeded. */
async function runHook(
  handler: LifecycleHandler | undefined,
  name: string,
  id: string,
  limit: number,
  work: Work,
): Promise<boolean> {
  if (handler === undefined) return true;
  const pod = podOf(work);
  const podIps = pod.spec.hostNetwork ? work.node.ips : (readySandbox(pod, work.state.observed)?.ips ?? []);
  const target = { id, container: specOf(work, name), podIps, purpose: 'lifecycle' as const };
  const { outcome } = await runHandler(handler, target, work, limit, work.signal);
  return outcome === 'success';
}

function afterHook(memory: PodMemory, name: string, id: string, failed: boolean): PodMemory {
  const run = memory.runs[name];
  if (run?.id !== id) return memory;
  const { hook: _, ...others } = run;
  return withRun(memory, name, failed ? { ...others, hook: 'failed' } : others);
}

function resized(memory: PodMemory, name: string, id: string, resources: NonNullable<Run['resources']>): PodMemory {
  const run = memory.runs[name];
  const calm = withoutFailure(memory, resizeSlot(name));
  return run?.id === id ? withRun(calm, name, { ...run, resources }) : calm;
}
