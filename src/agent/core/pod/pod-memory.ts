/**
 * What the agent remembers of a pod from one decision to the next. Memory in, memory out: nothing here is changed in place. All
 * times are steady.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { ResourceRequirements } from '../../../common/model/container.ts';
import type { ContainerHealth } from './container-health.ts';

export type Outcome = {
  readonly phase: 'Succeeded' | 'Failed';
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
};
/** The pod was told to end, by the node and not by who wants it: nothing of it starts again. */
export type Eviction = {
  /** How it ends, unless it had come to its end before. */
  readonly outcome: Outcome;
  /** At most so long from SIGTERM to SIGKILL; 0: SIGKILL at once. Undefined: the pod's own grace period. */
  readonly graceSeconds?: number | undefined;
  /** For what it did itself, and not for the sake of others. */
  readonly ownFault?: boolean | undefined;
};
/** Why something could not be done, and when it is tried again. */
export type Failure = {
  /** Kubernetes' word for it, such as ErrImagePull. */
  readonly reason: string;
  readonly message: string;
  /** How often in a row, for this reason. */
  readonly count: number;
  readonly at: Millis;
  readonly retryAt: Millis;
  /** Version of the objects that the pod reads (see inputs.ts): with other ones it is tried again at once. */
  readonly inputs: string;
};
/** The image that the next attempt of a container runs. */
export type ReadyImage = {
  readonly attempt: number;
  readonly id: string;
  /** As the spec named it when it was made ready. */
  readonly reference: string;
  /** Says so when it is for another architecture than the device's. */
  readonly foreign?: string;
  readonly uid?: number;
  readonly username?: string;
};
/** What was seen of the newest attempt at a container (see runs.ts). */
export type Run = {
  /** The runtime's id of the attempt. */
  readonly id: string;
  /** The hash of its spec. */
  readonly hash: string;
  /** When it was first seen running. */
  readonly since?: Millis;
  /** When it was first seen ended. */
  readonly endedAt?: Millis;
  /** How many attempts have ended in a row, this one included once it has. */
  readonly ends: number;
  /** Its postStart hook: not begun or not over, or failed. Absent: none, or done. */
  readonly hook?: 'due' | 'failed';
  /** It was ended to be started again, whatever its exit code. */
  readonly again?: true;
  /** The resources that it runs with. */
  readonly resources?: ResourceRequirements;
};
/** A grace period that has begun. */
export type Grace = { readonly graceSeconds: number; readonly until: Millis };
/** A container's end that has begun. */
export type Stop = Grace & {
  readonly again: boolean;
  readonly hook?: 'running' | 'done';
};

export type Halt = {
  readonly outcome: Outcome | undefined;
  readonly graceSeconds: number;
  readonly cut: readonly string[];
};

export type PodMemory = {
  /** When the pod was taken on, be it by an agent before this one. */
  readonly takenAt: Millis;
  /** How the pod ended, as an agent before this one saw it, or because this node refuses to run it. */
  readonly ended?: Outcome;
  readonly evicted?: Eviction;
  /** The device goes down: what runs ends in this time and nothing is started. `outcome`: how the pod had ended before; `cut`: ids of what ran. */
  readonly halted?: Halt;
  /** The volumes as they were last made: the version of their content, and where they are by name. */
  readonly volumes?: { readonly version: string; readonly paths: Readonly<Record<string, string>> };
  /** The pod has ended, and they are gone. */
  readonly volumesRemoved?: true;
  readonly images: Readonly<Record<string, ReadyImage>>;
  /** By container name. */
  readonly runs: Readonly<Record<string, Run>>;
  /** By the runtime's id of the container. */
  readonly stops: Readonly<Record<string, Stop>>;
  /** The end of the pod as a whole, while something of it lives. */
  readonly ending?: Grace;
  /** By what failed: `volumes`, `sandbox`, `removal`, or a container's name after `container/` or `resize/`. */
  readonly failures: Readonly<Record<string, Failure>>;
  /** By container name: what its probes said last. */
  readonly health: Readonly<Record<string, ContainerHealth>>;
};

export function newMemory(now: Millis): PodMemory {
  return { takenAt: now, images: {}, runs: {}, stops: {}, failures: {}, health: {} };
}

/** The key of a container in `failures`. */
export const containerSlot = (name: string) => `container/${name}`;
/** The key of a container's resize in `failures`. */
export const resizeSlot = (name: string) => `resize/${name}`;

/** What decides over a container's failures: with other objects or another image it is tried again at once. */
export const containerInputs = (inputs: string, image: string) => `${inputs} ${image}`;

/** Adds a failure; `delay` gives the time to the next try after so many in a row. */
export function withFailure(
  memory: PodMemory,
  slot: string,
  failed: { readonly reason: string; readonly message: string; readonly inputs: string },
  now: Millis,
  delay: (count: number) => Millis,
): PodMemory {
  const before = memory.failures[slot];
  const count = before?.reason === failed.reason ? before.count + 1 : 1;
  const failure = { ...failed, count, at: now, retryAt: now + delay(count) };
  return { ...memory, failures: { ...memory.failures, [slot]: failure } };
}

export function withoutFailure(memory: PodMemory, slot: string): PodMemory {
  if (memory.failures[slot] === undefined) return memory;
  const { [slot]: _, ...failures } = memory.failures;
  return { ...memory, failures };
}

export function withRun(memory: PodMemory, name: string, run: Run): PodMemory {
  return { ...memory, runs: { ...memory.runs, [name]: run } };
}

/** When a slot may be tried: 0 when nothing stands against it. */
export function retryAt(memory: PodMemory, slot: string, inputs: string): Millis {
  const failure = memory.failures[slot];
  return failure === undefined || failure.inputs !== inputs ? 0 : failure.retryAt;
}
