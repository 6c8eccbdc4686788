/** How a container ended, as its status says it. */

import { toTimestamp } from '../../../common/lib/time.ts';
import type { ContainerState } from '../../../common/model/pod-status.ts';
import type { RuntimeContainerStatus } from '../runtime-model.ts';
import { containerId } from './known-status.ts';
import type { Failure } from './pod-memory.ts';

/** A process that a signal ended has an exit code of this and the signal's number. */
const SIGNALLED = 128;
const LAST_SIGNAL = 64;

/**
 * `failure` is what stands against the next attempt: the words of one that never ran, if the runtime kept none. `foreign`
 * says that its image is for other processors: a program that can not be run leaves no words of its own.
 */
export function terminated(
  container: RuntimeContainerStatus,
  failure?: Failure,
  foreign?: string,
): NonNullable<ContainerState['terminated']> {
  const { exitCode, startedAt, finishedAt, id } = container;
  const signal = exitCode - SIGNALLED;
  const ran = startedAt > 0;
  const own = container.message === '' && !ran ? (failure?.message ?? '') : container.message;
  const message = own === '' && exitCode !== 0 ? (foreign ?? '') : own;
  return {
    exitCode,
    ...(ran && signal > 0 && signal <= LAST_SIGNAL ? { signal } : {}),
    reason: reasonOf(container),
    ...(message === '' ? {} : { message }),
    ...(ran ? { startedAt: toTimestamp(startedAt) } : {}),
    ...(finishedAt > 0 ? { finishedAt: toTimestamp(finishedAt) } : {}),
    containerID: containerId(id),
  };
}

/** The runtime's word; it has one for most ends. */
function reasonOf({ reason, exitCode, startedAt }: RuntimeContainerStatus): string {
  if (reason !== '') return reason;
  if (startedAt <= 0) return 'ContainerCannotRun';
  return exitCode === 0 ? 'Completed' : 'Error';
}
