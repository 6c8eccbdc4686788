/** What the one who probes is told, and what it tells. */

import type { Millis, Ref } from '../../../common/actor/types.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { ContainerHealth } from '../../core/pod/container-health.ts';
import type { PodName } from '../../core/runtime-model.ts';

/** A container that runs. */
export type ProbedContainer = {
  readonly name: string;
  /** The runtime's id of this attempt. */
  readonly id: string;
  /** When it was first seen running, in steady time. */
  readonly startedAtNow: Millis;
};
/** Told of each container that has probes: as an answer to each `watch`, and on transitions. */
export type HealthReport = { readonly type: 'health'; readonly container: string; readonly health: ContainerHealth };

export type WatchPod = {
  readonly type: 'watch';
  readonly pod: PodName;
  /** The whole object: with its deletionTimestamp, startup and liveness probes end. */
  readonly spec: Pod;
  /** All containers of the pod that run now, sidecars included. Others are not probed any more. */
  readonly containers: readonly ProbedContainer[];
  /** With hostNetwork the node's. */
  readonly podIps: readonly string[];
  /** By container name what was last known, by an agent before this one too: counts for the same id until its probes say otherwise. */
  readonly before: Readonly<Record<string, Pick<ContainerHealth, 'id' | 'started' | 'ready'>>>;
  readonly listener: Pick<Ref<HealthReport>, 'tell'>;
};
export type ProbesMessage =
  /** Level-triggered: to be told whenever something of it has changed; told twice, the second changes nothing of the probes. */
  WatchPod | { readonly type: 'forget'; readonly uid: string };
