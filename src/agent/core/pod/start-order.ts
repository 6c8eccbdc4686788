/**
 * Which containers shall be started now, and not before when: init containers one after the other, sidecars among them that then
 * run on (KEP-753), the others once all of that is done.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { Container } from '../../../common/model/container.ts';
import type { SandboxStatus } from '../runtime-model.ts';
import { initContainersOf, isSidecar } from './containers.ts';
import { isLive, newestOf, type ObservedPod, type PodState, readySandbox } from './observed-pod.ts';
import { isChanged } from './outcome.ts';
import { containerInputs, containerSlot, retryAt } from './pod-memory.ts';
import { hasStarted } from './readiness.ts';
import { restartAt, restarts } from './restart.ts';
import type { WantedPod } from './wanted-pod.ts';

/** A container that shall be started, as which attempt, and not before when. */
export type Due = { readonly spec: Container; readonly attempt: number; readonly at: Millis };

/** Never one of which another attempt may still live. */
export function dueContainers(wanted: WantedPod, state: PodState): readonly Due[] {
  const live = new Set(state.observed.containers.filter(isLive).map(({ name }) => name));
  return inOrder(wanted, state).filter(({ spec }) => !live.has(spec.name));
}

function inOrder(wanted: WantedPod, state: PodState): readonly Due[] {
  const { pod, inputs } = wanted;
  const { observed, memory } = state;
  const sandbox = readySandbox(pod, observed);
  const due = (spec: Container, backOff: boolean): Due => {
    const newest = newestOf(observed, spec.name);
    const failed = retryAt(memory, containerSlot(spec.name), containerInputs(inputs, spec.image));
    const at = Math.max(backOff ? restartAt(memory.runs[spec.name]) : 0, failed);
    return { spec, attempt: newest === undefined ? 0 : newest.attempt + 1, at };
  };
  const afresh = (spec: Container): readonly Due[] => {
    const newest = newestOf(observed, spec.name);
    if (newest === undefined || isChanged(spec, newest)) return [due(spec, false)];
    if (isLive(newest)) return [];
    return restarts(pod, spec, newest.exitCode, memory.runs[spec.name]) ? [due(spec, true)] : [];
  };
  const init = initStage(wanted, state, sandbox);
  const sidecars = init.before.filter(isSidecar).flatMap(afresh);
  if (init.next === undefined) return [...sidecars, ...pod.spec.containers.flatMap(afresh)];
  return [...sidecars, due(init.next, newestOf(observed, init.next.name)?.sandboxId === sandbox?.id)];
}

/** How far the init containers have come: `next` is the first that is not done; a sidecar is when it has started. */
type InitStage = { readonly next: Container | undefined; readonly before: readonly Container[] };

export function initStage(
  { pod }: Pick<WantedPod, 'pod'>,
  state: PodState,
  sandbox: SandboxStatus | undefined,
): InitStage {
  const inits = initContainersOf(pod);
  if (sandbox === undefined) return { next: inits[0], before: [] };
  // Once a container was started, all of them have been done.
  const here = state.observed.containers.filter(({ sandboxId }) => sandboxId === sandbox.id);
  if (here.some(({ name }) => pod.spec.containers.some((spec) => spec.name === name))) {
    return { next: undefined, before: inits };
  }
  const index = inits.findIndex((spec) => !isDone(spec, state, sandbox));
  return index < 0 ? { next: undefined, before: inits } : { next: inits[index], before: inits.slice(0, index) };
}

function isDone(spec: Container, state: PodState, sandbox: SandboxStatus): boolean {
  const newest = newestIn(state.observed, spec.name, sandbox);
  if (newest === undefined) return false;
  if (isSidecar(spec)) return hasStarted(spec, newest, state.memory);
  return newest.state === 'exited' && newest.exitCode === 0;
}

function newestIn(observed: ObservedPod, name: string, sandbox: SandboxStatus) {
  const newest = newestOf(observed, name);
  return newest?.sandboxId === sandbox.id ? newest : undefined;
}
