/**
 * What every step's executor gets and gives: what is known of the pod before and after. A refusal of the runtime or of the
 * disk comes back as a value, with its words.
 */

import type { Clock, Millis, Ref } from '../../../common/actor/types.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { Rejection } from '../../core/admission/room.ts';
import type { Inputs } from '../../core/config/inputs.ts';
import type { NodeFacts } from '../../core/node/node-facts.ts';
import { containerNamed } from '../../core/pod/containers.ts';
import type { ObservedPod, PodState } from '../../core/pod/observed-pod.ts';
import type { PodMemory } from '../../core/pod/pod-memory.ts';
import { retryDelay } from '../../core/pod/restart.ts';
import type { StepName, StepOf } from '../../core/pod/steps.ts';
import type { PodName } from '../../core/runtime-model.ts';
import { type Cgroups, CgroupsError } from '../../ports/cgroups.ts';
import type { Checks } from '../../ports/checks.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import type { Host } from '../../ports/host.ts';
import type { Logs } from '../../ports/logs.ts';
import { type PodFiles, PodFilesError } from '../../ports/pod-files.ts';
import type { DeviceOffers } from '../devices/devices.ts';
import type { ImagesMessage } from '../images/images.ts';
import type { PodEvent } from '../link/pod-events.ts';

export type Work = {
  readonly cgroups: Cgroups;
  readonly checks: Checks;
  readonly clock: Clock;
  readonly cri: Cri;
  readonly files: PodFiles;
  readonly logs: Logs;
  readonly host: Host;
  readonly images: Ref<ImagesMessage>;
  readonly devices?: DeviceOffers | undefined;
  readonly node: NodeFacts;
  /** There is no room for the pod. */
  readonly rejection: Rejection | undefined;
  readonly name: PodName;
  /** Undefined for a pod that only the runtime knows. */
  readonly pod: Pod | undefined;
  readonly inputs: Inputs;
  /** What was known when the step began. */
  readonly state: PodState;
  /** Aborts when the worker ends. */
  readonly signal: AbortSignal;
  event(kind: PodEvent['kind'], reason: string, message: string, container?: Pick<Container, 'name'>): void;
};
/** `change` tells what the step has changed; other steps may have changed other things meanwhile. */
export type StepResult = { readonly ok: true; change(state: PodState): PodState } | ({ readonly ok: false } & Refusal);
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

type Changes = {
  observed?(before: ObservedPod): ObservedPod;
  memory?(before: PodMemory): PodMemory;
};

export function done({ observed, memory }: Changes): StepResult {
  return {
    ok: true,
    change: (state) => ({
      observed: observed === undefined ? state.observed : observed(state.observed),
      memory: memory === undefined ? state.memory : memory(state.memory),
    }),
  };
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
  const container = containerNamed(podOf(work), name);
  if (container === undefined) throw new Error(`pod ${work.name.uid} has no container ${name}`);
  return container;
}
