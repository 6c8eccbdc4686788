/** When an ended container is started again, and how long failures wait. Periods are Kubernetes' (pod-lifecycle). */

import type { Millis } from '../../../common/lib/time.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { isSidecar } from './containers.ts';
import type { Run } from './pod-memory.ts';

const FIRST = 10_000;
const LONGEST = 300_000;

/** Whether a container that ended with `exitCode` is started again. `run` is what is remembered of that attempt. */
export function restarts(pod: Pod, spec: Container, exitCode: number, run: Run | undefined): boolean {
  if (isSidecar(spec)) return true;
  const { restartPolicy } = pod.spec;
  if (restartPolicy === 'Never') return false;
  if (pod.spec.containers.includes(spec)) return restartPolicy === 'Always' || exitCode !== 0 || run?.again === true;
  return exitCode !== 0 || run?.again === true;
}

/** 10, 20, 40 … 300 s after the first, second, third … time in a row. */
export function backOff(count: number): Millis {
  return Math.min(LONGEST, FIRST * 2 ** Math.max(0, count - 1));
}

/** How long a container that ended `count` times in a row waits: at once after the first time, then the back-off. */
export function restartDelay(count: number): Millis {
  return count <= 1 ? 0 : backOff(count - 1);
}

/** When the next attempt may follow one that has ended. */
export function restartAt(run: Run | undefined): Millis {
  return run?.endedAt === undefined ? 0 : run.endedAt + restartDelay(run.ends);
}

/** How long to wait after the agent's own work for a pod failed: 1, 2, 4 … 60 s. */
export function retryDelay(count: number): Millis {
  return Math.min(60_000, 1000 * 2 ** Math.max(0, count - 1));
}
