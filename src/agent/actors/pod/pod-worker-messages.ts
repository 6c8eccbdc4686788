/** What a pod's worker is told, what it tells the one who has it, and what it needs. */

import type { Millis, Ref } from '../../../common/actor/types.ts';
import type { Rejection } from '../../core/admission/room.ts';
import type { InputObjects } from '../../core/config/inputs.ts';
import type { NodeFacts } from '../../core/node/node-facts.ts';
import type { ContainerHealth } from '../../core/pod/container-health.ts';
import type { ObservedPod } from '../../core/pod/observed-pod.ts';
import type { PodListing } from '../../core/pod/pod-listing.ts';
import type { Eviction } from '../../core/pod/pod-memory.ts';
import type { Action } from '../../core/pod/steps.ts';
import type { WantedPod } from '../../core/pod/wanted-pod.ts';
import type { Cgroups } from '../../ports/cgroups.ts';
import type { Checks } from '../../ports/checks.ts';
import type { Cri } from '../../ports/cri.ts';
import type { Uptime } from '../../ports/event-journal.ts';
import type { Host } from '../../ports/host.ts';
import type { Logs } from '../../ports/logs.ts';
import type { PodFiles } from '../../ports/pod-files.ts';
import type { DeviceOffers } from '../devices/devices.ts';
import type { ImagesMessage } from '../images/images.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import type { Reported } from '../link/reporter.ts';
import type { ProbesMessage } from '../probes/probes-messages.ts';
import type { StepResult } from './step-work.ts';

export type PodWorkerMessage =
  /** What is wanted now; `wanted` is undefined when nothing of the pod shall be left. */
  | {
      readonly type: 'want';
      readonly wanted: WantedPod | undefined;
      readonly objects: InputObjects;
      readonly node: NodeFacts;
      /** There is no room for the pod. */
      readonly rejection: Rejection | undefined;
    }
  /** What a listing that began at `at` has of the pod. `sole` when nobody but this worker can have changed it. */
  | ({ readonly type: 'listing'; readonly at: Millis; readonly sole: boolean } & PodListing)
  | { readonly type: 'observed'; readonly observed: ObservedPod }
  | { readonly type: 'unobserved'; readonly error: unknown }
  /** A step is over; `acted` is what was wanted when it began. */
  | {
      readonly type: 'stepped';
      readonly step: Action;
      readonly acted: WantedPod | undefined;
      readonly result: StepResult;
    }
  | { readonly type: 'broken'; readonly error: unknown }
  /** The probes of a container say something else than before. */
  | { readonly type: 'health'; readonly container: string; readonly health: ContainerHealth }
  /** The device goes down: what runs ends within the grace period, and nothing is started. */
  | { readonly type: 'halt'; readonly graceSeconds: number }
  /** The device goes on after all. */
  | { readonly type: 'go-on' }
  /** The node ends the pod. */
  | { readonly type: 'evict'; readonly eviction: Eviction }
  | { readonly type: 'wake' }
  /** The status has been the same for a while. */
  | { readonly type: 'keep' }
  /** A container has run for long enough to be ready, if it still runs. */
  | { readonly type: 'settled' };

/** What workers tell the one who has them. */
export type PodWorkerReport =
  /** `evicted`: its end was begun by an agent before; whether it is over is told later. */
  | { readonly type: 'worker-started'; readonly uid: string; readonly evicted: boolean }
  /** A step failed, or a listing was missed: the runtime should be listed now. */
  | { readonly type: 'worker-unsure' }
  /** The containers of a pod that is evicted have ended; `freed`: and what its volumes took is free. */
  | { readonly type: 'worker-evicted'; readonly uid: string; readonly freed: boolean }
  /** Nothing of a pod that was halted runs. */
  | { readonly type: 'worker-halted'; readonly uid: string }
  /** The pod has ended, and nothing of it runs. */
  | { readonly type: 'worker-over'; readonly uid: string }
  /** Nothing of the pod is left. */
  | { readonly type: 'worker-finished'; readonly uid: string };

export type PodWorkerDeps = {
  readonly cgroups: Cgroups;
  readonly checks: Checks;
  readonly cri: Cri;
  readonly files: PodFiles;
  readonly logs: Logs;
  readonly host: Host;
  readonly uptime: Uptime;
  readonly images: Ref<ImagesMessage>;
  /** Absent where the node offers none. */
  readonly devices?: DeviceOffers | undefined;
  readonly probes: Pick<Ref<ProbesMessage>, 'tell'>;
  readonly events: Ref<PodEventsMessage>;
  readonly reporter: { tell(message: Reported): boolean };
  readonly owner: Pick<Ref<PodWorkerReport>, 'tell'>;
};
