/** Ends the pods in order when the device goes down, and lets them run again when it does not after all. */

import { AskError } from '../../../common/actor/ask.ts';
import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import {
  type Group,
  graceOf,
  type PodToEnd,
  type ShutdownPeriods,
  secondsFor,
  shutdownGroups,
  shuttingDown,
} from '../../core/shutdown/shutdown-plan.ts';
import type { SystemShutdown } from '../../ports/system-shutdown.ts';
import type { NodeStatusMessage } from '../link/node-status.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import type { HaltMessage } from '../sources/pod-halts.ts';

export type ShutdownParts = { readonly system: SystemShutdown; readonly periods: ShutdownPeriods };
type ShutdownMessage =
  | { readonly type: 'going-down'; readonly goingDown: boolean }
  | { readonly type: 'pods'; readonly round: number; readonly pods: readonly PodToEnd[]; readonly complete: boolean }
  | { readonly type: 'ended'; readonly round: number }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'look'; readonly round: number };

/** Who has which pods is known at once. */
const LIMIT: Millis = 5_000;
/** So long the last statuses have to reach the master, where there is a link, and an agent that has just started to find its pods. */
const LAST_WORDS: Millis = 500;

export function shutdown(
  deps: ShutdownParts & {
    readonly pods: Pick<Ref<HaltMessage>, 'tell' | 'ask'>;
    readonly nodeStatus: Pick<Ref<NodeStatusMessage>, 'tell'>;
    readonly events: Pick<Ref<PodEventsMessage>, 'tell'>;
  },
): Behavior<ShutdownMessage> {
  return (self) => {
    const { periods, pods, nodeStatus, system } = deps;
    /** Counts shutdowns, so that what belongs to one that was called off is told apart. */
    let round = 0;
    let going = false;
    let begun: Millis = 0;
    let groups: readonly Group[] = [];
    const asked = new Set<string>();

    const elapsed = () => (self.clock.now() - begun) / 1000;

    function begin(): void {
      going = true;
      round += 1;
      begun = self.clock.now();
      self.log.info(periods, 'the system goes down: pods end in order');
      nodeStatus.tell({ type: 'condition', finding: shuttingDown });
      const message = `the node is shutting down: pods end within ${periods.total} s`;
      deps.events.tell({ type: 'node-event', kind: 'Normal', reason: 'Shutdown', message });
      pods.tell({ type: 'halting', on: true });
      asked.clear();
      look();
    }

    function look(): void {
      const own = round;
      self.pipe(
        () => pods.ask({ type: 'to-halt' }, LIMIT),
        (found) => ({ type: 'pods', round: own, ...found }),
        (error) => ({ type: 'failed', error }),
      );
    }

    function callOff(): void {
      going = false;
      round += 1;
      self.log.info({}, 'the system goes on: so do the pods');
      nodeStatus.tell({ type: 'condition-over', of: shuttingDown.type });
      pods.tell({ type: 'halting', on: false });
    }

    function next(): void {
      const [group] = groups;
      if (group === undefined) {
        self.after(LAST_WORDS, { type: 'look', round }, 'look');
        return;
      }
      const own = round;
      const seconds = secondsFor(groups, elapsed(), periods);
      groups = groups.slice(1);
      for (const { uid } of group.pods) asked.add(uid);
      self.pipe(
        () => Promise.all(group.pods.map((pod) => end(pod, seconds))),
        () => ({ type: 'ended', round: own }),
        (error) => ({ type: 'failed', error }),
      );
    }

    function over(): void {
      self.log.info({ seconds: elapsed(), pods: asked.size }, 'pods have ended');
      system.ready();
    }

    /** A pod that does not end in its time is left behind: the system ends it. */
    async function end(pod: PodToEnd, seconds: number): Promise<void> {
      try {
        await pods.ask({ type: 'halt', uid: pod.uid, graceSeconds: graceOf(pod, seconds) }, seconds * 1000);
      } catch (error) {
        if (!(error instanceof AskError)) throw error;
        self.log.warn({ uid: pod.uid, code: error.code }, 'a pod has not ended in its time');
      }
    }

    system.watch((goingDown) => void self.ref.tell({ type: 'going-down', goingDown }));
    return {
      on: {
        'going-down'({ goingDown }) {
          if (goingDown && !going) begin();
          else if (!goingDown && going) callOff();
        },
        pods(found) {
          if (found.round !== round) return;
          const late = found.pods.filter(({ uid }) => !asked.has(uid));
          groups = shutdownGroups(late);
          const early = !found.complete || elapsed() * 1000 < LAST_WORDS;
          if (late.length > 0 || (early && elapsed() < periods.total)) next();
          else over();
        },
        ended(group) {
          if (group.round === round) next();
        },
        look(again) {
          if (again.round === round) look();
        },
        failed({ error }) {
          throw error;
        },
      },
    };
  };
}
