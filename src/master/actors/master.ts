/** The master's tree: leader → cluster → event recorder, controllers, scheduler, nodes, then the services. */

import type { ActorSystem, Behavior, Millis } from '../../common/actor/types.ts';
import type { Store } from '../../common/store/store.ts';
import { deployments } from '../core/deployments.ts';
import { eventExpiry } from '../core/event-expiry.ts';
import { nodeHealth } from '../core/node-health.ts';
import type { Controller, NewId } from '../core/reconcile.ts';
import { replicaSets } from '../core/replica-sets.ts';
import type { SchedulerConfig } from '../core/scheduling/profile.ts';
import type { LeaderLock, Objects } from '../ports.ts';
import { createBeats } from './beats.ts';
import { clusterBehavior, type Dependent } from './cluster.ts';
import { controllerBehavior } from './controller.ts';
import { eventRecorderBehavior } from './event-recorder.ts';
import { type LeaderMessage, leaderBehavior } from './leader.ts';
import { nodesBehavior } from './nodes.ts';
import { schedulerBehavior } from './scheduler.ts';

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
  /** Controllers beside those of this tree, such as the garbage collector. */
  readonly controllers: readonly Controller[];
  /** What is started last, such as the API server. */
  readonly services: readonly Dependent[];
};

/** News is not repeated, so mailboxes that it goes to have room. */
const ROOMY = { mailbox: { capacity: 100_000 } };

/** The root of the master. A failure that supervision cannot mend ends the system, and the process starts again. */
export function masterBehavior(deps: MasterDeps): Behavior<LeaderMessage> {
  const { objects, random, newId, system } = deps;
  return leaderBehavior(deps.lock, (start) => {
    const beats = createBeats(system.clock, deps.nodeMonitorGrace);
    const controllers = [replicaSets, deployments, nodeHealth(beats), eventExpiry, ...deps.controllers];
    const dependents: Dependent = (spawn, cluster) => {
      const recorder = spawn('event-recorder', eventRecorderBehavior(objects, newId), ROOMY);
      for (const controller of controllers) {
        const deps = { cluster, objects, recorder, newId, random };
        spawn(controller.name, controllerBehavior(controller, deps), ROOMY);
      }
      spawn('scheduler', schedulerBehavior({ cluster, objects, recorder, random, config: deps.scheduling }), ROOMY);
      spawn('nodes', nodesBehavior({ cluster, objects, system, beats }), ROOMY);
    };
    return start('cluster', clusterBehavior(deps.store, [dependents, ...deps.services]), ROOMY);
  });
}
