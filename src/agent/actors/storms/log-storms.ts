/**
 * Holds containers' logs to a rate. The runtime writes logs itself, so that no pod's output depends on the agent; only while a
 * container storms its log goes to memory, and the agent hands on what the rate allows. Whoever has a log opened anew asks here.
 */

import type { Asks, Behavior } from '../../../common/actor/types.ts';
import { containerLogPath } from '../../core/config/container-config.ts';
import { podOfLabels } from '../../core/pod/pod-labels.ts';
import type { PodName, RuntimeContainer } from '../../core/runtime-model.ts';
import { fullBudget, grown, type LogBudget, lookAfter } from '../../core/storms/log-budget.ts';
import { CriError } from '../../ports/cri.ts';
import { LogFilesError } from '../../ports/log-files.ts';
import type { Listing } from '../relist.ts';
import { type Log, type StormGuardDeps, stormGuard } from './storm-guard.ts';

export type LogStormsMessage =
  | { readonly type: 'listing'; readonly listing: Listing }
  /** Renames a running container's log, if a name is given, and has it opened anew; answers with what went wrong. */
  | ({ readonly type: 'renew'; readonly id: string; readonly path: string; readonly to: string | undefined } & Asks<
      string | undefined
    >)
  /** What was dropped of the containers that the runtime still has, since the agent started. */
  | ({ readonly type: 'dropped' } & Asks<readonly DroppedLog[]>)
  /** Bytes that came to logs since the agent started, and those of them that the agent wrote. */
  | ({ readonly type: 'written' } & Asks<LogsWritten>)
  | { readonly type: 'look' }
  | { readonly type: 'looked' }
  | { readonly type: 'renewed'; readonly problem: string | undefined; reply(problem: string | undefined): void }
  | { readonly type: 'failed'; readonly error: unknown };

export type DroppedLog = { readonly pod: PodName; readonly container: string; readonly bytes: number };
export type LogsWritten = { readonly bytes: number; readonly byAgent: number };
export type LogStormsDeps = StormGuardDeps & { readonly logDirectory: (pod: PodName) => string };

export function logStorms(deps: LogStormsDeps): Behavior<LogStormsMessage> {
  return async (self) => {
    const { diversion, rate } = deps;
    const { clock } = self;
    const logs = new Map<string, Log>();
    /** Whose logs go to memory, or may. */
    const diverted = new Set(await diversion.left());
    const dropped = new Map<string, DroppedLog>();
    /** Of the last attempt at a container, for the next one: a container that keeps ending has no more than one that runs. */
    const past = new Map<string, LogBudget>();
    const drop = ({ id, pod, container }: Log, bytes: number): void => {
      dropped.set(id, { pod, container, bytes: (dropped.get(id)?.bytes ?? 0) + bytes });
    };
    const written = { bytes: 0, byAgent: 0 };
    const guard = stormGuard(deps, { diverted, written, drop }, clock, self.log);
    let turn: Promise<unknown> = Promise.resolve();
    let listed = false;
    let waiting = false;

    function inTurn<T>(work: () => Promise<T>): Promise<T> {
      const mine = turn.then(work, work);
      turn = mine.catch(() => undefined);
      return mine;
    }

    function take({ id, name, attempt, state, labels }: RuntimeContainer): void {
      const pod = podOfLabels(labels);
      const running = state === 'running';
      const known = logs.get(id);
      if (known !== undefined) known.running = running;
      // At first those that have ended too: an agent before this one may have left something half done.
      if (pod === undefined || known !== undefined || (listed && !running)) return;
      const now = clock.now();
      const full = past.get(keyOf(pod, name)) ?? fullBudget(rate, now);
      logs.set(id, {
        ...{
          id,
          pod,
          container: name,
          running,
          checked: false,
          untold: 0,
          announced: diverted.has(id),
          toldAt: now,
          problem: undefined,
        },
        path: `${deps.logDirectory(pod)}/${containerLogPath(name, attempt)}`,
        size: listed ? 0 : undefined,
        budget: diverted.has(id) ? grown(full, Number.POSITIVE_INFINITY, rate, now) : full,
      });
    }

    function forgetMissing({ containers }: Listing): void {
      const there = new Set(containers.map(({ id }) => id));
      const pods = new Set(containers.flatMap(({ labels }) => podOfLabels(labels)?.uid ?? []));
      for (const log of logs.values()) if (!there.has(log.id)) log.running = false;
      keepOnly(dropped, (id) => there.has(id));
      keepOnly(past, (key) => pods.has(key.slice(0, key.indexOf(' '))));
    }

    async function lookAtAll(): Promise<void> {
      const all = [...logs.values()];
      const sizes = diversion.sizes(all.map(({ path }) => path));
      for (const [index, log] of all.entries()) {
        if (self.signal.aborted) return;
        await lookAt(log, sizes[index]);
      }
      for (const id of diverted) if (!logs.has(id)) await guard.forget(id);
    }

    async function lookAt(log: Log, size: number | undefined): Promise<void> {
      try {
        await guard.lookAt(log, size);
        log.problem = undefined;
        if (log.running) return;
        logs.delete(log.id);
        past.set(keyOf(log.pod, log.container), log.budget);
      } catch (error) {
        if (!(error instanceof LogFilesError || error instanceof CriError)) throw error;
        // A disk that stays full is not told with every look.
        if (log.problem !== error.message)
          self.log.warn({ error, path: log.path }, 'a log can not be held to its rate');
        log.problem = error.message;
      }
    }

    function again(): void {
      if (waiting || !listed) return;
      const due = [...logs.values()].some(({ checked }) => !checked);
      if (diverted.size === 0 && !due && logs.size === 0) return;
      waiting = true;
      const budgets = [...logs.values()].map(({ budget }) => budget);
      self.after(lookAfter(budgets, rate, clock.now()), { type: 'look' }, 'look');
    }

    return {
      on: {
        listing({ listing }) {
          for (const found of listing.containers) take(found);
          forgetMissing(listing);
          listed = true;
          again();
        },
        look() {
          self.pipe(
            () => inTurn(lookAtAll),
            () => ({ type: 'looked' }),
            (error) => ({ type: 'failed', error }),
          );
        },
        looked() {
          waiting = false;
          again();
        },
        renew({ id, path, to }, { reply }) {
          self.pipe(
            () => inTurn(() => guard.renew(id, path, to)),
            (problem) => ({ type: 'renewed', problem, reply }),
            (error) => ({ type: 'failed', error }),
          );
        },
        renewed: ({ problem, reply }) => reply(problem),
        dropped: (_, { reply }) => reply([...dropped.values()]),
        written: (_, { reply }) => reply({ ...written }),
        failed({ error }) {
          throw error;
        },
      },
    };
  };
}

const keyOf = (pod: PodName, container: string) => `${pod.uid} ${container}`;

function keepOnly(map: Map<string, unknown>, keep: (key: string) => boolean): void {
  for (const key of map.keys()) if (!keep(key)) map.delete(key);
}
