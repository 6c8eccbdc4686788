/** Follows a container's log beyond what is there: until it ends, and on into the attempts after it. */

import { pause } from '../../../common/actor/pause.ts';
import type { Clock, Millis } from '../../../common/actor/types.ts';
import type { LogsRequest } from '../../../common/wire/device-streams.ts';
import { podUidLabel } from '../../core/pod/pod-labels.ts';
import type { RuntimeContainer } from '../../core/runtime-model.ts';
import { type Cri, CriError } from '../../ports/cri.ts';

type Looks = Pick<Cri, 'listContainers' | 'listSandboxes' | 'containerStatus'>;

/** How often it is asked whether a container has ended, and whether there is a next one. */
const LOOK: Millis = 1000;

/** Sets `state.ended` once the container has ended. Resolves then, or at the signal. */
export async function watchEnd(
  cri: Looks,
  clock: Clock,
  id: string,
  state: { ended: boolean },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    state.ended = await hasEnded(cri, id);
    if (state.ended) return;
    await pause(clock, LOOK, signal);
  }
}

/** The next attempt once it has been started; undefined when none is to come, or at the signal. */
export async function nextAttempt(
  cri: Looks,
  clock: Clock,
  before: RuntimeContainer,
  restartPolicy: NonNullable<LogsRequest['restartPolicy']>,
  signal: AbortSignal,
): Promise<RuntimeContainer | undefined> {
  if (restartPolicy === 'Never') return undefined;
  const status = await patiently(() => cri.containerStatus(before.id));
  if (restartPolicy === 'OnFailure' && status?.exitCode === 0) return undefined;
  while (!signal.aborted) {
    const look = await lookAfter(cri, before);
    if (look !== 'wait') return look === 'over' ? undefined : look;
    await pause(clock, LOOK, signal);
  }
  return undefined;
}

/** `over`: nothing of the pod is left. */
async function lookAfter(cri: Looks, before: RuntimeContainer): Promise<RuntimeContainer | 'wait' | 'over'> {
  const ofPod = { labels: { [podUidLabel]: before.labels[podUidLabel] ?? '' } };
  const all = await patiently(() => cri.listContainers(ofPod));
  if (all === undefined) return 'wait';
  const later = all.filter(({ name, attempt }) => name === before.name && attempt > before.attempt);
  const [next] = later.filter(({ state }) => state !== 'created').sort((a, b) => a.attempt - b.attempt);
  if (next !== undefined) return next;
  const sandboxes = await patiently(() => cri.listSandboxes(ofPod));
  return sandboxes?.length === 0 ? 'over' : 'wait';
}

/** Undefined while the runtime cannot say. */
async function patiently<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CriError) return undefined;
    throw error;
  }
}

/** While the runtime is away a container may run on, so it has not ended; one that was removed has. */
async function hasEnded(cri: Looks, id: string): Promise<boolean> {
  try {
    return (await cri.containerStatus(id)).state === 'exited';
  } catch (error) {
    if (error instanceof CriError) return error.code === 'not-found';
    throw error;
  }
}
