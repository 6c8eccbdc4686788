/** What the agent remembers of a pod from one decision to the next. Memory in, memory out: nothing here is changed in place. */

import type { Millis } from '../../common/lib/time.ts';
import type { ContainerHealth } from './container-health.ts';

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

export type PodMemory = {
  /** When the agent took the pod on. */
  readonly takenAt: Millis;
  /** The volumes as they were last made: the version of their content, and where they are by name. */
  readonly volumes?: { readonly version: string; readonly paths: Readonly<Record<string, string>> };
  readonly images: Readonly<Record<string, ReadyImage>>;
  /** By container name: the last ended container that was counted, and how many ended in a row. */
  readonly exits: Readonly<Record<string, { readonly id: string; readonly count: number }>>;
  /** By what failed: `volumes`, `sandbox`, or a container's name after `container/`. */
  readonly failures: Readonly<Record<string, Failure>>;
  /** By container name: what its probes said last. */
  readonly health: Readonly<Record<string, ContainerHealth>>;
};

/** Less is the small correction of a clock that keeps time. */
const CLOCK_STEP: Millis = 5000;

export function newMemory(now: Millis): PodMemory {
  return { takenAt: now, images: {}, exits: {}, failures: {}, health: {} };
}

/** The key of a container in `failures`. */
export const containerSlot = (name: string) => `container/${name}`;

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

/** When a slot may be tried: 0 when nothing stands against it. */
export function retryAt(memory: PodMemory, slot: string, inputs: string, now: Millis): Millis {
  const failure = memory.failures[slot];
  return failure === undefined || failure.inputs !== inputs ? 0 : unlessPutBack(failure.at, failure.retryAt, now);
}

/**
 * A device without a clock of its own starts in the past, by hours or by decades. Of what happened in the future nobody knows
 * how long ago it was: then nothing is waited for, because that could be for ever.
 */
export function unlessPutBack(happened: Millis, until: Millis, now: Millis): Millis {
  return happened > now + CLOCK_STEP ? 0 : until;
}
