/** The status of one container, from its attempts and from why there is none. */

import { type Millis, toTimestamp } from '../../common/lib/time.ts';
import type { Container } from '../../common/model/container.ts';
import type { ContainerState, ContainerStatus } from '../../common/model/pod-status.ts';
import { attemptsOf, type ObservedPod } from './observed-pod.ts';
import { containerSlot, type PodMemory } from './pod-memory.ts';
import { restartDelay } from './restart.ts';
import type { PodName, RuntimeContainerStatus } from './runtime-model.ts';
import { crashLoop, errorShownUntil, failureWaiting } from './waiting.ts';

type Look = {
  readonly name: PodName;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  readonly now: Millis;
  /** Whether an ended container is started again. */
  restarts(exitCode: number): boolean;
  /** What is said of a container that was never tried. */
  readonly untried: { readonly reason: string; readonly message?: string };
  readonly init: boolean;
};

export function containerStatus(spec: Container, look: Look): ContainerStatus {
  const [newest, before] = attemptsOf(look.observed, spec.name);
  const state = stateOf(spec, newest, look);
  const last = state.waiting && newest?.state === 'exited' ? newest : before;
  const running = state.running !== undefined;
  return {
    name: spec.name,
    state,
    lastState: last?.state === 'exited' ? { terminated: terminated(last) } : {},
    ready: look.init
      ? newest?.state === 'exited' && newest.exitCode === 0
      : newest?.state === 'running' && hasSettled(newest, look.now),
    started: running,
    restartCount: newest?.attempt ?? 0,
    image: spec.image,
    imageID: newest?.imageRef ?? '',
    ...(newest ? { containerID: containerId(newest.id) } : {}),
  };
}

/**
 * A container without a readiness probe counts as ready once it has run for this long, so that one that ends at once
 * never was: a rollout would take it for a good one and end what it replaces. The kubelet's second between listings
 * has the same effect.
 */
const settling: Millis = 1_000;

/** A start in the future is a clock that was put back: nothing waits for it. */
function hasSettled({ startedAt }: RuntimeContainerStatus, now: Millis): boolean {
  return now < startedAt || now >= startedAt + settling;
}

/** When the next of the running containers is to be looked at again, because it may be ready then. */
export function settlesAt(observed: ObservedPod, now: Millis): Millis | undefined {
  const times = observed.containers
    .filter((container) => container.state === 'running' && !hasSettled(container, now))
    .map(({ startedAt }) => startedAt + settling);
  return times.length === 0 ? undefined : Math.min(...times);
}

function stateOf(spec: Container, newest: RuntimeContainerStatus | undefined, look: Look): ContainerState {
  if (newest?.state === 'running') return { running: { startedAt: toTimestamp(newest.startedAt) } };
  const failure = look.memory.failures[containerSlot(spec.name)];
  if (newest?.state === 'exited') {
    if (!look.restarts(newest.exitCode)) return { terminated: terminated(newest) };
    if (failure && (failure.reason !== 'RunContainerError' || look.now < errorShownUntil(failure))) {
      return { waiting: failureWaiting(failure, spec.image, look.now) };
    }
    const delay = restartDelay(look.memory.exits[spec.name]?.count ?? 1);
    if (delay === 0 || look.now >= newest.finishedAt + delay) return { terminated: terminated(newest) };
    return { waiting: crashLoop(spec.name, look.name, delay) };
  }
  return { waiting: failure ? failureWaiting(failure, spec.image, look.now) : look.untried };
}

/** The runtime's id as Kubernetes writes it. */
const containerId = (id: string) => `containerd://${id}`;

function terminated(container: RuntimeContainerStatus): NonNullable<ContainerState['terminated']> {
  const { exitCode, reason, message, startedAt, finishedAt, id } = container;
  return {
    exitCode,
    reason: reason === '' ? (exitCode === 0 ? 'Completed' : 'Error') : reason,
    ...(message === '' ? {} : { message }),
    ...(startedAt > 0 ? { startedAt: toTimestamp(startedAt) } : {}),
    ...(finishedAt > 0 ? { finishedAt: toTimestamp(finishedAt) } : {}),
    containerID: containerId(id),
  };
}
