/** Binds pending pods to nodes: decides on a batch at once, counts what it decided until the view shows it. */

import type { Behavior, Context, Millis, Ref } from '../../common/actor/types.ts';
import { seeded } from '../../common/lib/random.ts';
import { masterFamilies } from '../../common/metrics/master.ts';
import type { Meter } from '../../common/metrics/meter.ts';
import type { Pod } from '../../common/model/pod.ts';
import { StoreError } from '../../common/store/store.ts';
import { keyOf } from '../core/owners.ts';
import { isActive, isGated } from '../core/pod-state.ts';
import type { Changed } from '../core/reconcile.ts';
import { Assumptions } from '../core/scheduling/assumptions.ts';
import { Budgets } from '../core/scheduling/budgets.ts';
import { explanationOf } from '../core/scheduling/explanation.ts';
import { NodeViews } from '../core/scheduling/node-views.ts';
import { Nominations } from '../core/scheduling/nominations.ts';
import { Placers } from '../core/scheduling/placers.ts';
import { factsOf, type PodFacts } from '../core/scheduling/pod-facts.ts';
import { endingFor, preempt } from '../core/scheduling/preemption.ts';
import type { SchedulerConfig } from '../core/scheduling/profile.ts';
import { SchedulingQueue } from '../core/scheduling/queue.ts';
import { Waking } from '../core/scheduling/waking.ts';
import type { Objects } from '../ports.ts';
import type { ClusterMessage } from './cluster.ts';
import type { RecorderMessage } from './event-recorder.ts';
import { Intake } from './intake.ts';
import { refusalOf } from './perform.ts';
import type { SchedulerMessage } from './scheduler-messages.ts';
import { event, evict, noScheduler, refuse, unschedulable } from './scheduling-writes.ts';

export type SchedulerDeps = {
  readonly cluster: Ref<ClusterMessage>;
  readonly objects: Objects;
  readonly recorder: Ref<RecorderMessage>;
  readonly random: () => number;
  readonly config: SchedulerConfig;
  readonly meter?: Meter | undefined;
};

/** Placing goes on for so long at once, so that the API has its turns too: the first pod of a kind looks at every node. */
const TURN: Millis = 5;
/** Bindings that are under way at once. */
const IN_FLIGHT = 48;
/** Pods whose reason to wait is being stored at once. */
const SAID_AT_ONCE = 16;
/** Without pods to place for so long, what was worked out for the last ones is forgotten: it is much, with many nodes. */
const REST = 60_000;

export function schedulerBehavior(deps: SchedulerDeps): Behavior<SchedulerMessage> {
  return (self) => {
    const nodes = new NodeViews();
    const placers = new Placers(nodes, deps.config.profiles);
    const chance = deps.config.seed === undefined ? deps.random : seeded(deps.config.seed);
    const queue = new SchedulingQueue();
    const nominations = new Nominations(nodes);
    const budgets = new Budgets();
    const assumptions = new Assumptions(nodes);
    const waking = new Waking({ nodes, queue, placers, nominations });
    const sayings = { ...deps, intake: new Intake(self.clock, SAID_AT_ONCE, Number.POSITIVE_INFINITY) };
    let inFlight = 0;
    let told = false;
    const note = (change: Changed): void => {
      nodes.apply(change);
      budgets.apply(change);
      if (change.key.resource !== 'pods') return;
      const pod = change.after as Pod | undefined;
      const old = change.before?.metadata.uid ?? '';
      if (old !== pod?.metadata.uid) {
        queue.remove(old);
        giveUp(old);
      }
      if (pod !== undefined) see(pod);
    };
    const see = (pod: Pod): void => {
      const uid = pod.metadata.uid ?? '';
      if (isPending(pod)) {
        hear(pod);
        return;
      }
      queue.remove(uid);
      if (pod.spec.nodeName === undefined) giveUp(uid);
      else assumptions.confirmed(uid);
    };
    /** Counts nothing for the pod any more. */
    const giveUp = (uid: string): void => {
      nominations.remove(uid);
      assumptions.giveUp(uid);
    };
    /** Takes in a pod that is to be placed, if that is this scheduler's work. */
    const hear = (pod: Pod): void => {
      const { schedulerName: name } = pod.spec;
      if (placers.has(name)) queue.put(factsOf(pod));
      else if (!deps.config.external.has(name)) refuse(self, sayings, pod, noScheduler(name, placers.names));
    };
    const expireLater = (): void => {
      const at = assumptions.wakeAt;
      if (at !== undefined) self.after(Math.max(0, at - self.clock.now()), { type: 'expire' }, 'expire');
    };
    /** Wakes the pods that what has changed may help. */
    const wake = (): void => {
      waking.wake(self.clock.now());
      const { staleAt } = waking;
      if (staleAt !== undefined) self.after(Math.max(0, staleAt - self.clock.now()), { type: 'refresh' }, 'refresh');
    };
    const place = (facts: PodFacts): void => {
      nominations.remove(facts.uid);
      const seed = Math.floor(chance() * 2 ** 32);
      for (const placement of placers.place(facts, seed)) {
        const result = placement.node === undefined ? 'unschedulable' : 'scheduled';
        deps.meter?.count(masterFamilies.attempts, { result, profile: facts.pod.spec.schedulerName });
        if (placement.node !== undefined) {
          inFlight += 1;
          bind(self, deps, facts, placement.node);
        } else {
          queue.park(facts.uid, self.clock.now());
          const nominated = makeRoom(facts);
          refuse(self, sayings, facts.pod, unschedulable(placement.message, nominated));
        }
      }
    };
    /** Has others removed for the pod, unless that is under way; the node, if there is one. */
    const makeRoom = (facts: PodFacts): string | undefined => {
      const promised = facts.pod.status?.nominatedNodeName;
      const going = endingFor(facts, promised === undefined ? undefined : nodes.get(promised));
      const found = going ?? preempt(facts, nodes, placers.classOf(facts), budgets);
      if (found === undefined) return undefined;
      for (const { uid } of found.victims) nominations.remove(uid);
      nominations.add(facts, found);
      evict(self, deps, found, facts.pod);
      return found.node;
    };
    const work = (): void => {
      const now = self.clock.now();
      while (inFlight < IN_FLIGHT) {
        if (self.clock.now() - now >= TURN) {
          if (!told) self.ref.tell({ type: 'work' });
          told = true;
          return;
        }
        const facts = queue.take(now);
        if (facts === undefined) break;
        place(facts);
        self.after(REST, { type: 'rest' }, 'rest');
      }
      const { wakeAt } = queue;
      if (wakeAt !== undefined) self.after(Math.max(0, wakeAt - now), { type: 'work' }, 'backoff');
    };
    deps.cluster.tell({ type: 'subscribe', listener: self.ref });
    return {
      on: {
        news: ({ changes }) => {
          const seen = (): void => {
            wake();
            work();
          };
          // Nothing is placed before all is noted: what a node holds already may come last.
          return self.inTurns(changes, note)?.then(seen) ?? seen();
        },
        bound: ({ facts, node, refusal }) => {
          inFlight -= 1;
          if (refusal === undefined) {
            const message = `Successfully assigned ${nameOf(facts)} to ${node}`;
            deps.recorder.tell(event(facts.pod, 'Normal', 'Scheduled', message));
            assumptions.written(facts, self.clock.now());
            expireLater();
          } else {
            self.log.warn({ pod: nameOf(facts), node, why: refusal }, 'a pod could not be bound');
            nodes.forget(facts.uid);
            queue.backOff(facts.uid, self.clock.now());
            wake();
          }
          work();
        },
        work: () => {
          told = false;
          work();
        },
        rest: () => {
          if (queue.size === 0) placers.clear();
        },
        explain: ({ question }, { reply }) => {
          reply(explanationOf(question, { nodes, placers, queue, budgets, now: self.clock.now() }));
        },
        reserve: ({ pod, node }, { reply }) => {
          reply(assumptions.reserve(factsOf(pod), node, self.clock.now()));
          expireLater();
        },
        unreserve: ({ uid }) => {
          assumptions.giveUp(uid);
          wake();
          work();
        },
        expire: () => {
          for (const { uid, pod } of assumptions.expired(self.clock.now())) {
            self.log.warn({ pod: pod.metadata.name }, 'a binding was never seen: the pod is placed again');
            queue.backOff(uid, self.clock.now());
          }
          expireLater();
          wake();
          work();
        },
        refresh: () => {
          waking.refresh(self.clock.now());
          work();
        },
        crashed: ({ error }) => {
          throw error;
        },
      },
    };
  };
}

function isPending(pod: Pod): boolean {
  return pod.spec.nodeName === undefined && isActive(pod) && !isGated(pod);
}

function nameOf({ pod: { metadata } }: PodFacts): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function bind(self: Context<SchedulerMessage>, deps: SchedulerDeps, facts: PodFacts, node: string): void {
  self.pipe(
    () => deps.objects.bind(keyOf('pods', facts.pod.metadata), facts.uid, node),
    (answer) => ({ type: 'bound', facts, node, refusal: answer.ok ? undefined : refusalOf(answer.status).message }),
    (error) =>
      error instanceof StoreError ? { type: 'bound', facts, node, refusal: error.message } : { type: 'crashed', error },
  );
}
