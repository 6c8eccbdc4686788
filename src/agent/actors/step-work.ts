/**
 * What every step's executor gets and gives: what is known of the pod before and after. A refusal of the runtime or of the
 * disk comes back as a value, with its words.
 */

import type { Millis, Ref } from '../../common/actor/types.ts';
import type { Container } from '../../common/model/container.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { Inputs } from '../core/inputs.ts';
import type { NodeFacts } from '../core/node-facts.ts';
import type { ObservedPod } from '../core/observed-pod.ts';
import type { PodMemory } from '../core/pod-memory.ts';
import { retryDelay } from '../core/restart.ts';
import type { PodName } from '../core/runtime-model.ts';
import type { StepName, StepOf } from '../core/steps.ts';
import { type Cgroups, CgroupsError } from '../ports/cgroups.ts';
import { type Cri, CriError } from '../ports/cri.ts';
import type { Host } from '../ports/host.ts';
import { type PodFiles, PodFilesError } from '../ports/pod-files.ts';
import type { ImagesMessage } from './images.ts';
import type { PodEvent } from './pod-events.ts';

export type Work = {
  readonly cgroups: Cgroups;
  readonly cri: Cri;
  readonly files: PodFiles;
  readonly host: Host;
  readonly images: Ref<ImagesMessage>;
  readonly node: NodeFacts;
  readonly name: PodName;
  /** Undefined for a pod that only the runtime knows. */
  readonly pod: Pod | undefined;
  readonly inputs: Inputs;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  event(kind: PodEvent['kind'], reason: string, message: string, container?: Container): void;
};
export type StepResult =
  | { readonly ok: true; readonly observed: ObservedPod; readonly memory: PodMemory }
  | ({ readonly ok: false } & Refusal);
export type Refused = StepResult & { readonly ok: false };
type Refusal = {
  readonly slot: string;
  readonly reason: string;
  readonly message: string;
  delay(count: number): Millis;
  /** The runtime can not be reached: nothing of the pod is at fault. */
  readonly unavailable: boolean;
};
/** Executors of some of the steps. */
export type Executors<Names extends StepName> = {
  readonly [K in Names]: (step: StepOf<K>, work: Work) => Promise<StepResult>;
};

export function done(work: Work, change: Partial<Pick<Work, 'observed' | 'memory'>>): StepResult {
  return { ok: true, observed: change.observed ?? work.observed, memory: change.memory ?? work.memory };
}

export function refusal(slot: string, reason: string, message: string, delay = retryDelay): Refused {
  return { ok: false, slot, reason, message, delay, unavailable: false };
}

/** What a port refused, as a value; anything else is a bug and thrown on. */
export function refused(error: unknown, slot: string, reason: string, delay: Refusal['delay']): Refused {
  if (error instanceof PodFilesError || error instanceof CgroupsError)
    return refusal(slot, reason, error.message, delay);
  if (!(error instanceof CriError)) throw error;
  const unavailable = error.code === 'unavailable' || error.code === 'unsupported';
  return { ok: false, slot, reason, message: error.message, delay, unavailable };
}

export function podOf({ pod, name }: Pick<Work, 'pod' | 'name'>): Pod {
  if (pod === undefined) throw new Error(`a step of pod ${name.uid} needs its spec, and nobody wants it any more`);
  return pod;
}

export function specOf(work: Work, name: string): Container {
  const { spec } = podOf(work);
  const container = [...spec.containers, ...(spec.initContainers ?? [])].find((one) => one.name === name);
  if (container === undefined) throw new Error(`pod ${work.name.uid} has no container ${name}`);
  return container;
}
