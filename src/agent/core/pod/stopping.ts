/**
 * How containers end, as the kubelet's killContainer does it: the preStop hook, the turn among the others, the stop signal with
 * what is left of the grace period, SIGKILL.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { RuntimeContainerStatus } from '../runtime-model.ts';
import { containerNamed, initContainersOf, isSidecar } from './containers.ts';
import type { PodState } from './observed-pod.ts';
import { isLive } from './observed-pod.ts';
import type { Grace, PodMemory, Stop } from './pod-memory.ts';
import type { Action, EndOfContainer, Step } from './steps.ts';

/**
 * The least that a process gets between its signal and SIGKILL; added once where a preStop hook took all of its time. Where a
 * pod is evicted at once there is no time to give.
 */
const LEAST_SECONDS = 2;

/** A container that shall end. */
export type Ending = Pick<EndOfContainer, 'graceSeconds' | 'why' | 'again'> & {
  readonly container: RuntimeContainerStatus;
};

/** `whole`: as parts of a pod that ends, sidecars after the others, the last of them first (KEP-753). */
export function stopSteps(
  endings: readonly Ending[],
  pod: Pod | undefined,
  { observed, memory }: PodState,
  now: Millis,
  whole: boolean,
): readonly Step[] {
  const live = observed.containers.filter(isLive);
  const turn = (name: string) => (whole && pod !== undefined ? turnOf(pod, name) : 0);
  return endings.map(({ container, why, again, ...ending }): Step => {
    const { id, name } = container;
    const stop = memory.stops[id];
    const ofPod = whole ? graceOf(memory.ending, ending.graceSeconds, now) : undefined;
    const own = graceOf(stop, ending.graceSeconds, now);
    const { graceSeconds, until } = ofPod === undefined || own.until < ofPod.until ? own : ofPod;
    const end = { id, container: name, graceSeconds, until, why, again, ...(ofPod === undefined ? {} : { ofPod }) };
    if (hasHook(pod, container, end, stop)) return { do: 'pre-stop', ...end };
    const inHook = pod !== undefined && stop?.hook === 'running';
    const earlier = live.some((other) => other.id !== id && turn(other.name) < turn(name));
    if (now < until && (inHook || earlier)) return { do: 'wait', until };
    const least = memory.evicted?.graceSeconds === 0 ? 0 : LEAST_SECONDS;
    return { do: 'stop-container', ...end, seconds: Math.max(least, Math.ceil((until - now) / 1000)) };
  });
}

/** The grace period that has begun, if there is one and the new one is not shorter; it never ends later than before. */
function graceOf(before: Grace | undefined, graceSeconds: number, now: Millis): Grace {
  if (before !== undefined && graceSeconds >= before.graceSeconds) return before;
  return { graceSeconds, until: Math.min(before?.until ?? Infinity, now + graceSeconds * 1000) };
}

function hasHook(
  pod: Pod | undefined,
  { name, state }: RuntimeContainerStatus,
  { graceSeconds }: EndOfContainer,
  stop: Stop | undefined,
): boolean {
  if (pod === undefined || state !== 'running' || graceSeconds === 0 || stop?.hook !== undefined) return false;
  return containerNamed(pod, name)?.lifecycle?.preStop !== undefined;
}

function turnOf(pod: Pod, name: string): number {
  const sidecars = initContainersOf(pod).filter(isSidecar);
  const index = sidecars.findIndex((sidecar) => sidecar.name === name);
  return index < 0 ? 0 : sidecars.length - index;
}

/** Takes note that a step has begun. */
export function begun(memory: PodMemory, step: Action): PodMemory {
  if (step.do !== 'pre-stop' && step.do !== 'stop-container') return memory;
  const { id, graceSeconds, until, again, ofPod } = step;
  const before = memory.stops[id];
  const hook = step.do === 'pre-stop' ? 'running' : before?.hook;
  const stop: Stop = { graceSeconds, until, again, ...(hook === undefined ? {} : { hook }) };
  return { ...memory, stops: { ...memory.stops, [id]: stop }, ...(ofPod === undefined ? {} : { ending: ofPod }) };
}

/** Takes note that a container's preStop hook is over. */
export function hookDone(memory: PodMemory, id: string): PodMemory {
  const stop = memory.stops[id];
  return stop === undefined ? memory : { ...memory, stops: { ...memory.stops, [id]: { ...stop, hook: 'done' } } };
}
