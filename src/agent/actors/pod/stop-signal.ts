/**
 * Ends a container by the signal of its lifecycle. Runtimes that know of it in CRI are newer than those that devices have, so the
 * agent sends it itself; the runtime then only has to make an end when the time is over.
 */

import { pause } from '../../../common/actor/pause.ts';
import type { Millis } from '../../../common/actor/types.ts';
import type { StepOf } from '../../core/pod/steps.ts';
import { unlessMissing } from './inspect.ts';
import type { Work } from './step-work.ts';

const LOOK_EVERY: Millis = 200;

/** Resolves when the container has ended, or when the runtime may kill it. Rejects with CriError. */
export async function sendStopSignal(signal: string, step: StepOf<'stop-container'>, work: Work): Promise<void> {
  const { cri, clock } = work;
  const until = clock.now() + step.seconds * 1000;
  const pid = await unlessMissing(cri.containerPid(step.id));
  if (pid !== undefined) work.host.signal(pid, signal);
  while (clock.now() < until) {
    const status = await unlessMissing(cri.containerStatus(step.id));
    if (status?.state !== 'running') return;
    await pause(clock, Math.min(LOOK_EVERY, until - clock.now()), work.signal);
  }
}
