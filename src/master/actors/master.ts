/** The master's tree: leader → cluster → event recorder, controllers, scheduler, nodes, then the services. */

import type { ActorSystem, Behavior, Millis, Ref } from '../../common/actor/types.ts';
import type { Meter } from '../../common/metrics/meter.ts';
import type { TaintPolicy } from '../../common/model/node-conditions.ts';
import type { Store } from '../../common/store/store.ts';
import { deployments } from '../core/deployments.ts';
import { disruptionBudgets } from '../core/disruption-budgets.ts';
import { eventExpiry } from '../core/event-expiry.ts';
import { nodeHealth } from '../core/node-health.ts';
import type { Controller, NewId } from '../core/reconcile.ts';
import { replicaSets } from '../core/replica-sets.ts';
import type { SchedulerConfig } from '../core/scheduling/profile.ts';
import type { LeaderLock, ListSource, Objects } from '../ports.ts';
import { createBeats } from './beats.ts';
import { clusterBehavior, type Dependent, type Start } from './cluster.ts';
import { controllerBehavior } from './controller.ts';
import { eventRecorderBehavior } from './event-recorder.ts';
import { type LeaderMessage, leaderBehavior } from './leader.ts';
import { nodesBehavior } from './nodes.ts';
import { schedulerBehavior } from './scheduler.ts';
import type { SchedulerMessage } from './scheduler-messages.ts';

export type MasterDeps = {
  readonly system: Pick<ActorSystem, 'expose' | 'remote' | 'clock'>;
  readonly store: Store;
  readonly objects: Objects;
  readonly lock: LeaderLock;
  /** A fresh suffix for names. */
  readonly newId: NewId;
  readonly random: () => number;
  /** How long a node counts as alive after it was heard of. */
  readonly nodeMonitorGrace: Millis;
  readonly scheduling: SchedulerConfig;
  /** Counts for the pages for Prometheus, where there are such. */
  readonly meter?: Meter | undefined;
  /** Taints of nodes whose hardware is not well; without it there are none. */
  readonly taintPolicy?: TaintPolicy;
  /** Controllers beside those of this tree, such as the garbage collector. */
  readonly controllers: readonly Controller[];
  /** What is started last, such as the API server. */
  readonly services: readonly Service[];
};
/** Starts what needs the cluster's view and its scheduler. */
export type Service = (start: Start, lists: ListSource, scheduler: Ref<SchedulerMessage>) => void;

/** News is not repeated, so mailboxes that it goes to have room. */
const ROOMY = { mailbox: { capacity: 100_000 } };

/** The root of the master. A failure that supervision cannot mend ends the system, and the process starts again. */
export function masterBehavior(deps: MasterDeps): Behavior<LeaderMessage> {
  const { objects, random, newId, system } = deps;
  return leaderBehavior(deps.lock, (start) => {
    const beats = createBeats(system.clock, deps.nodeMonitorGrace);
    const controllers = [
      replicaSets,
      deployments,
      nodeHealth(beats, deps.taintPolicy ?? new Map()),
      disruptionBudgets,
      eventExpiry,
      ...deps.controllers,
    ];
    const dependents: Dependent = (spawn, cluster, lists) => {
      const recorder = spawn('event-recorder', eventRecorderBehavior(objects, newId, deps.meter), ROOMY);
      for (const controller of controllers) {
        const parts = { cluster, objects, recorder, newId, random, meter: deps.meter };
        spawn(controller.name, controllerBehavior(controller, parts), ROOMY);
      }
      const scheduling = { cluster, objects, recorder, random, config: deps.scheduling, meter: deps.meter };
      const scheduler = spawn('scheduler', schedulerBehavior(scheduling), ROOMY);
      spawn('nodes', nodesBehavior({ cluster, objects, system, beats }), ROOMY);
      for (const service of deps.services) service(spawn, lists, scheduler);
    };
    return start('cluster', clusterBehavior(deps.store, [dependents]), ROOMY);
  });
}
