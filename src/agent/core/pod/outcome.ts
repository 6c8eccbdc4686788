/** Whether a pod has come to its end by itself, and how. A pod that has ended never starts anything again. */

import type { Millis } from '../../../common/lib/time.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import type { RuntimeContainerStatus } from '../runtime-model.ts';
import { containerHash } from './container-hash.ts';
import { initContainersOf, isSidecar } from './containers.ts';
import { newestOf, type PodState, readySandbox } from './observed-pod.ts';
import { containerHashAnnotation } from './pod-labels.ts';
import type { Outcome, PodMemory } from './pod-memory.ts';
import { restarts } from './restart.ts';

/** Whether a status says that its pod has come to its end. */
export function hasEnded(status: PodStatus | undefined): status is PodStatus & Outcome {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Whether a container was made from another version of its spec. */
export function isChanged(spec: Container, container: RuntimeContainerStatus): boolean {
  return container.annotations[containerHashAnnotation] !== containerHash(spec);
}

/** How the pod ended, or undefined while it has something to run. Its sidecars may still have to be ended. */
export function outcomeOf(pod: Pod, state: PodState, now: Millis): Outcome | undefined {
  const known = hasEnded(pod.status) ? pod.status : (state.memory.ended ?? state.memory.evicted?.outcome);
  if (known !== undefined) return known;
  // What ends with the device is no end of the pod's own.
  if (state.memory.halted !== undefined) return state.memory.halted.outcome;
  if (initFailed(pod, state)) return { phase: 'Failed' };
  return mainsOutcome(pod, state) ?? deadlineOutcome(pod, state.memory, now);
}

/** When the pod fails if it still runs, in steady time. */
export function deadlineOf({ spec }: Pod, memory: PodMemory): Millis | undefined {
  const seconds = spec.activeDeadlineSeconds;
  return seconds === undefined ? undefined : memory.takenAt + seconds * 1000;
}

function deadlineOutcome(pod: Pod, memory: PodMemory, now: Millis): Outcome | undefined {
  if (now < (deadlineOf(pod, memory) ?? Infinity)) return undefined;
  const message = 'Pod was active on the node longer than the specified deadline';
  return { phase: 'Failed', reason: 'DeadlineExceeded', message };
}

function mainsOutcome(pod: Pod, { observed, memory }: PodState): Outcome | undefined {
  let failed = false;
  for (const spec of pod.spec.containers) {
    const newest = newestOf(observed, spec.name);
    if (newest?.state !== 'exited' || isChanged(spec, newest)) return undefined;
    if (restarts(pod, spec, newest.exitCode, memory.runs[spec.name])) return undefined;
    failed ||= newest.exitCode !== 0;
  }
  return { phase: failed ? 'Failed' : 'Succeeded' };
}

/** With restartPolicy Never one failed init container fails the pod, and so does the loss of its sandbox. */
function initFailed(pod: Pod, { observed }: PodState): boolean {
  if (pod.spec.restartPolicy !== 'Never') return false;
  const failed = initContainersOf(pod).some((spec) => {
    const newest = newestOf(observed, spec.name);
    return !isSidecar(spec) && newest?.state === 'exited' && newest.exitCode !== 0;
  });
  if (failed) return true;
  const begun = observed.containers.length > 0;
  const alive = observed.containers.some((container) => container.state !== 'exited');
  const ended = pod.spec.containers.every((spec) => newestOf(observed, spec.name)?.state === 'exited');
  return begun && !alive && readySandbox(pod, observed) === undefined && !ended;
}
