/**
 * When the agent saw containers begin and end, in steady time. The runtime's own times are the wall clock's, which jumps: they
 * count only where this agent was not there to see, and never for more than a bounded while.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import type { RuntimeContainerStatus } from '../runtime-model.ts';
import type { ContainerHealth } from './container-health.ts';
import { statusOfId } from './known-status.ts';
import { isLive, newestOf, type ObservedPod } from './observed-pod.ts';
import { containerHashAnnotation, endsAnnotation } from './pod-labels.ts';
import type { PodMemory, Run } from './pod-memory.ts';
import { madeWith } from './resize.ts';

/** So long a run starts the count of ends anew. */
const GOOD_RUN: Millis = 600_000;

/** At least so long ago a container began that was ready. */
const GOOD_START: Millis = 1000;

/** Steady and wall time of a look at the pod, and the pod's last known status, of an agent before this one too. */
export type Moment = { readonly now: Millis; readonly wall: Millis; readonly before: PodStatus | undefined };

/** Takes note of what is new in `observed`, and forgets the stops of what has ended. */
export function recordRuns(memory: PodMemory, observed: ObservedPod, moment: Moment): PodMemory {
  let { runs } = memory;
  for (const name of new Set(observed.containers.map((container) => container.name))) {
    const newest = newestOf(observed, name);
    if (newest === undefined || newest.state === 'created') continue;
    const before = runs[name];
    const begun = before?.id === newest.id ? before : newRun(newest, before, observed, moment);
    const run = seen(begun, newest, memory, moment.now);
    if (run !== before) runs = { ...runs, [name]: run };
  }
  const adopted = Object.entries(runs).filter(
    ([name, run]) => memory.runs[name] === undefined && run.since !== undefined,
  );
  const live = new Set(observed.containers.filter(isLive).map(({ id }) => id));
  const ended = Object.keys(memory.stops).some((id) => !live.has(id));
  const stops = Object.fromEntries(Object.entries(memory.stops).filter(([id]) => live.has(id)));
  if (!ended && runs === memory.runs) return memory;
  const health = { ...memory.health, ...knownHealth(adopted, moment.before) };
  const { ending, ...others } = memory;
  return { ...others, runs, health, stops, ...(ending === undefined || live.size === 0 ? {} : { ending }) };
}

/** What was known of containers that an agent before this one has started: until their probes say otherwise. */
function knownHealth(adopted: readonly [string, Run][], status: PodStatus | undefined): PodMemory['health'] {
  const known = adopted.flatMap(([name, { id }]): [string, ContainerHealth][] => {
    const last = statusOfId(status, { id });
    return last === undefined ? [] : [[name, { id, started: last.started ?? false, ready: last.ready }]];
  });
  return Object.fromEntries(known);
}

/** The run of an attempt that this agent starts. */
export function startedRun(id: string, hash: string, before: Run | undefined): Run {
  return { id, hash, ends: endsBefore(before, hash) };
}

/** How many attempts at the same spec have ended in a row. */
export function endsBefore(before: Run | undefined, hash: string): number {
  return before?.hash === hash ? before.ends : 0;
}

/** The run of an attempt that is found: that of an agent before this one, or one whose start was not answered. */
function newRun(
  container: RuntimeContainerStatus,
  before: Run | undefined,
  { sandboxes }: ObservedPod,
  { now, wall, before: status }: Moment,
): Run {
  const { id, annotations, startedAt, finishedAt } = container;
  const hash = annotations[containerHashAnnotation] ?? '';
  const resources = madeWith(container, status);
  const run: Run = { id, hash, ends: 0, ...(resources === undefined ? {} : { resources }) };
  if (before !== undefined) return { ...run, ends: endsBefore(before, hash) };
  const noted = Number(annotations[endsAnnotation] ?? 0);
  const ends = Number.isSafeInteger(noted) && noted >= 0 ? noted : 0;
  if (container.state !== 'exited') {
    const since = now - (statusOfId(status, container)?.ready ? GOOD_START : 0);
    return { ...run, ends, since: Math.min(since, now - elapsed(startedAt, wall)) };
  }
  // With its sandbox it ended as all of the pod did, in a power cut or so, and not by itself.
  const alone = sandboxes.some((sandbox) => sandbox.ready && sandbox.id === container.sandboxId);
  const good = startedAt > 0 && finishedAt - startedAt >= GOOD_RUN;
  return { ...run, ends: good || !alone ? 1 : ends + 1, endedAt: now - elapsed(finishedAt, wall) };
}

function seen(run: Run, container: RuntimeContainerStatus, { stops }: PodMemory, now: Millis): Run {
  if (container.state !== 'exited') return run.since === undefined ? { ...run, since: now } : run;
  if (run.endedAt !== undefined) return run;
  const ran = run.since === undefined ? container.finishedAt - container.startedAt : now - run.since;
  const good = container.startedAt > 0 && ran >= GOOD_RUN;
  const again = stops[container.id]?.again ? ({ again: true } as const) : {};
  return { ...run, ...again, endedAt: now, ends: good ? 1 : run.ends + 1 };
}

/** How long ago, by the wall clock; nothing of the future, and no more than a good run. */
function elapsed(at: Millis, wall: Millis): Millis {
  return at <= 0 ? 0 : Math.min(GOOD_RUN, Math.max(0, wall - at));
}
