/** The status of one container, from its attempts and from why there is none. */

import { type Millis, toTimestamp } from '../../../common/lib/time.ts';
import type { Container } from '../../../common/model/container.ts';
import type { ContainerState, ContainerStatus } from '../../../common/model/pod-status.ts';
import type { PodName, RuntimeContainerStatus } from '../runtime-model.ts';
import { containerId } from './known-status.ts';
import { attemptsOf, type PodState } from './observed-pod.ts';
import { containerSlot } from './pod-memory.ts';
import { hasStarted, isInHook, isReady } from './readiness.ts';
import { restartDelay } from './restart.ts';
import { terminated } from './terminated.ts';
import { crashLoop, errorShownUntil, failureWaiting } from './waiting.ts';

type Waiting = NonNullable<ContainerState['waiting']>;
export type Look = {
  readonly name: PodName;
  readonly state: PodState;
  readonly now: Millis;
  /** Whether an ended container is started again. */
  restarts(exitCode: number): boolean;
  /** What is said of a container that was never tried. */
  readonly untried: Waiting;
  /** It runs to its end before others start. */
  readonly init: boolean;
};

export function containerStatus(spec: Container, look: Look): ContainerStatus {
  const { observed, memory } = look.state;
  const [newest, before] = attemptsOf(observed, spec.name);
  const state = stateOf(spec, newest, look);
  const last = state.waiting && newest?.state === 'exited' ? newest : before;
  const running = state.running !== undefined && newest !== undefined;
  const run = memory.runs[spec.name];
  const resources = run?.id === newest?.id ? run?.resources : undefined;
  return {
    name: spec.name,
    state,
    lastState:
      last?.state === 'exited' ? { terminated: terminated(last, undefined, memory.images[spec.name]?.foreign) } : {},
    ready: look.init
      ? newest?.state === 'exited' && newest.exitCode === 0
      : running && isReady(spec, newest, memory, look.now),
    started: running && hasStarted(spec, newest, memory),
    restartCount: newest?.attempt ?? 0,
    image: spec.image,
    imageID: newest?.imageRef ?? '',
    ...(newest ? { containerID: containerId(newest.id) } : {}),
    ...(running && resources !== undefined ? { allocatedResources: spec.resources.requests ?? {}, resources } : {}),
  };
}

function stateOf(spec: Container, newest: RuntimeContainerStatus | undefined, look: Look): ContainerState {
  const { memory } = look.state;
  if (newest?.state === 'running') {
    // Other management of a container waits for its postStart hook; so does its state, in Kubernetes' documentation.
    if (!isInHook(newest, memory)) return { running: { startedAt: toTimestamp(newest.startedAt) } };
    return { waiting: memory.runs[spec.name]?.hook === 'failed' ? hookFailed : look.untried };
  }
  const failure = memory.failures[containerSlot(spec.name)];
  const foreign = memory.images[spec.name]?.foreign;
  if (newest?.state === 'exited') {
    if (!look.restarts(newest.exitCode)) return { terminated: terminated(newest, failure, foreign) };
    if (failure && (failure.reason !== 'RunContainerError' || look.now < errorShownUntil(failure))) {
      return { waiting: failureWaiting(failure, spec.image, look.now) };
    }
    const run = memory.runs[spec.name];
    const delay = restartDelay(run?.ends ?? 1);
    if (delay === 0 || look.now >= (run?.endedAt ?? look.now) + delay)
      return { terminated: terminated(newest, failure, foreign) };
    return { waiting: crashLoop(spec.name, look.name, delay) };
  }
  return { waiting: failure ? failureWaiting(failure, spec.image, look.now) : look.untried };
}

const hookFailed: Waiting = { reason: 'PostStartHookError', message: 'PostStartHook failed' };
