/**
 * Runs the probes of all pods of the device, thousands of them: one timer for the next that is due, no probe twice at a time,
 * few commands and connections at once. Tells a pod's worker only what has changed.
 */

import type { Behavior, Ref } from '../../../common/actor/types.ts';
import { DueQueue } from '../../../common/lib/due-queue.ts';
import type { Container } from '../../../common/model/container.ts';
import type { ContainerHealth } from '../../core/pod/container-health.ts';
import {
  type ContainerProbes,
  hasProbes,
  newContainerProbes,
  probeOf,
  probesDue,
  withResult,
} from '../../core/probes/container-probes.ts';
import { type EventBudget, spend } from '../../core/probes/event-budget.ts';
import type { ProbeKind } from '../../core/probes/probe.ts';
import { probeEvent } from '../../core/probes/probe-event.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import { type HandlerDeps, type HandlerResult, runHandler } from '../pod/handlers.ts';
import { fill, type Lane, newLane } from './lanes.ts';
import type { ProbedContainer, ProbesMessage, WatchPod } from './probes-messages.ts';

/** One attempt at a container, while it is watched. */
type Probed = {
  readonly container: Container;
  readonly init: boolean;
  /** The last word on its pod. */
  watch: WatchPod;
  probes: ContainerProbes;
  told: ContainerHealth | undefined;
  budget: EventBudget | undefined;
  /** Those that wait in the queue or run: one of a kind at a time. */
  readonly busy: Set<ProbeKind>;
  over: boolean;
};
type Run = { readonly probed: Probed; readonly kind: ProbeKind };
type Ran = { readonly type: 'ran'; readonly run: Run; readonly result: HandlerResult };
type Message = ProbesMessage | { readonly type: 'due' } | Ran;

/** A command in a container costs the runtime a process or two; the network costs next to nothing. */
type LaneName = 'exec' | 'network';

export type ProbesDeps = Omit<HandlerDeps, 'clock'> & {
  readonly events: Pick<Ref<PodEventsMessage>, 'tell'>;
  random(): number;
};

export function probes(deps: ProbesDeps): Behavior<Message> {
  return (self) => {
    const { clock } = self;
    /** By uid of the pod, then by name of the container. */
    const pods = new Map<string, Map<string, Probed>>();
    const queue = new DueQueue<Run>();
    const lanes: Readonly<Record<LaneName, Lane<Run>>> = { exec: newLane(8), network: newLane(64) };

    function watch(message: WatchPod): void {
      const before = pods.get(message.pod.uid);
      const next = new Map<string, Probed>();
      for (const seen of message.containers) {
        const known = before?.get(seen.name);
        const probed = known?.probes.health.id === seen.id ? known : begin(message, seen);
        if (probed !== undefined) next.set(seen.name, probed);
      }
      forget(message.pod.uid, next);
      for (const probed of next.values()) {
        probed.watch = message;
        // Who asks anew may have forgotten what it was told.
        probed.told = undefined;
        tell(probed);
        enqueue(probed);
      }
    }

    /** All that is watched of a pod, but what is kept. */
    function forget(uid: string, kept: ReadonlyMap<string, Probed> = new Map()): void {
      for (const [name, probed] of pods.get(uid) ?? []) probed.over = kept.get(name) !== probed;
      if (kept.size === 0) pods.delete(uid);
      else pods.set(uid, new Map(kept));
    }

    function begin(message: WatchPod, { name, id, startedAtNow }: ProbedContainer): Probed | undefined {
      const { containers, initContainers = [] } = message.spec.spec;
      const main = containers.find((one) => one.name === name);
      const container = main ?? initContainers.find((one) => one.name === name);
      if (container === undefined || !hasProbes(container)) return undefined;
      return {
        ...{ container, init: main === undefined, watch: message, told: undefined, budget: undefined, over: false },
        probes: newContainerProbes(container, id, startedAtNow, message.before[name], deps.random),
        busy: new Set(),
      };
    }

    function due({ probes: its, watch: { spec } }: Probed) {
      return probesDue(its, spec.metadata.deletionTimestamp !== undefined);
    }

    function enqueue(probed: Probed): void {
      for (const [kind, at] of due(probed)) {
        if (probed.busy.has(kind)) continue;
        probed.busy.add(kind);
        queue.add(at, { probed, kind });
      }
    }

    function start(): void {
      for (let run = queue.take(clock.now()); run !== undefined; run = queue.take(clock.now())) {
        lanes[laneOf(run)].waiting.push(run);
      }
      for (const lane of Object.values(lanes)) fill(lane, (run) => perform(run, lane));
      if (queue.next === undefined) self.cancel('due');
      else self.after(Math.max(1, queue.next - clock.now()), { type: 'due' }, 'due');
    }

    function isWanted({ probed, kind }: Run): boolean {
      return !probed.over && due(probed).some(([wanted]) => wanted === kind);
    }

    function perform(run: Run, lane: Lane<Run>): void {
      if (!isWanted(run)) {
        run.probed.busy.delete(run.kind);
        return;
      }
      const { container, probes: its, watch: pod } = run.probed;
      const probe = probeOf(container, run.kind);
      if (probe === undefined) throw new Error(`container ${container.name} has no ${run.kind} probe`);
      lane.running += 1;
      const target = { container, podIps: pod.podIps, purpose: 'probe', id: its.health.id } as const;
      self.pipe(
        (signal) => runHandler(probe, target, { ...deps, clock }, probe.timeoutSeconds * 1000, signal),
        (result): Ran => ({ type: 'ran', run, result }),
        (error) => {
          throw error;
        },
      );
    }

    function ended(run: Run, result: HandlerResult): void {
      const { probed, kind } = run;
      probed.busy.delete(kind);
      if (!isWanted(run)) return;
      const { container, watch: pod } = probed;
      const outcome = result.outcome === 'warning' ? 'success' : result.outcome;
      const now = clock.now();
      probed.probes = withResult(probed.probes, { pod: pod.spec, container }, kind, outcome, now);
      say(probed, kind, result);
      tell(probed);
      enqueue(probed);
    }

    function say(probed: Probed, kind: ProbeKind, result: HandlerResult): void {
      const words = probeEvent(kind, result);
      if (words === undefined) return;
      const { budget, may } = spend(probed.budget, clock.now());
      probed.budget = budget;
      if (!may) return;
      const container = { name: probed.container.name, init: probed.init };
      deps.events.tell({ type: 'event', kind: 'Warning', pod: probed.watch.pod, container, ...words });
    }

    /** What the listener had no room for is told with the next result. */
    function tell(probed: Probed): void {
      const { health } = probed.probes;
      if (health === probed.told) return;
      const told = probed.watch.listener.tell({ type: 'health', container: probed.container.name, health });
      if (told) probed.told = health;
    }

    return {
      on: {
        watch(message) {
          watch(message);
          start();
        },
        forget: ({ uid }) => forget(uid),
        due: start,
        ran({ run, result }) {
          lanes[laneOf(run)].running -= 1;
          ended(run, result);
          start();
        },
      },
    };
  };
}

function laneOf({ probed, kind }: Run): LaneName {
  return probeOf(probed.container, kind)?.exec === undefined ? 'network' : 'exec';
}
