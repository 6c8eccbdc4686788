/** When an ended container is started again, and how long failures wait. Periods are Kubernetes' (pod-lifecycle). */

import type { Millis } from '../../common/lib/time.ts';
import type { PodSpec } from '../../common/model/pod-spec.ts';
import type { ObservedPod } from './observed-pod.ts';
import { newestOf } from './observed-pod.ts';
import type { PodMemory } from './pod-memory.ts';

const FIRST = 10_000;
const LONGEST = 300_000;
const GOOD_RUN = 600_000;

/** Whether a container that ended with `exitCode` is started again. */
export function restarts(policy: PodSpec['restartPolicy'], exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** 10, 20, 40 … 300 s after the first, second, third … time in a row. */
export function backOff(count: number): Millis {
  return Math.min(LONGEST, FIRST * 2 ** Math.max(0, count - 1));
}

/** How long a container that ended `count` times in a row waits: at once after the first time, then the back-off. */
export function restartDelay(count: number): Millis {
  return count <= 1 ? 0 : backOff(count - 1);
}

/** How long to wait after the agent's own work for a pod failed: 1, 2, 4 … 60 s. */
export function retryDelay(count: number): Millis {
  return Math.min(60_000, 1000 * 2 ** Math.max(0, count - 1));
}

/** Counts containers that ended since the last look. Ten good minutes start the count anew. */
export function recordExits(memory: PodMemory, observed: ObservedPod): PodMemory {
  let exits = memory.exits;
  for (const name of new Set(observed.containers.map((container) => container.name))) {
    const newest = newestOf(observed, name);
    const before = memory.exits[name];
    if (newest?.state !== 'exited' || before?.id === newest.id) continue;
    const good = newest.finishedAt - newest.startedAt >= GOOD_RUN && newest.startedAt > 0;
    exits = { ...exits, [name]: { id: newest.id, count: good || before === undefined ? 1 : before.count + 1 } };
  }
  return exits === memory.exits ? memory : { ...memory, exits };
}
