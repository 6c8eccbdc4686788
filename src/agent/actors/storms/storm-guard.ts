/** What is done about one log: looked at, sent to memory and taken from there, put back, rotated. One thing at a time. */

import type { Clock, Logger, Millis, Ref } from '../../../common/actor/types.ts';
import type { PodName } from '../../core/runtime-model.ts';
import {
  allowance,
  calmed,
  grown,
  isOver,
  type LogBudget,
  type LogRate,
  passed,
} from '../../core/storms/log-budget.ts';
import { calmWords, droppedLine, stormWords } from '../../core/storms/storm-words.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import type { LogDiversion } from '../../ports/log-diversion.ts';
import { LogFilesError } from '../../ports/log-files.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';

/** A container's log, and what is known of it. */
export type Log = {
  readonly id: string;
  readonly pod: PodName;
  readonly container: string;
  readonly path: string;
  running: boolean;
  /** Size at the last look, with what the agent has added since. */
  size: number | undefined;
  budget: LogBudget;
  /** Whether what an agent before this one may have left half done is put right. */
  checked: boolean;
  /** Dropped, and not told in the log yet. */
  untold: number;
  /** Whether the storm that lasts was told. */
  announced: boolean;
  /** What went wrong at the last look. */
  problem: string | undefined;
  toldAt: Millis;
};
export type StormGuardDeps = {
  readonly cri: Pick<Cri, 'reopenContainerLog'>;
  readonly diversion: LogDiversion;
  readonly rate: LogRate;
  readonly events: Pick<Ref<PodEventsMessage>, 'tell'>;
};

/** A line that tells what was dropped comes so often at most. */
const TELL_EVERY: Millis = 5000;

export type StormBooks = {
  /** Containers whose logs go to memory, or may. */
  readonly diverted: Set<string>;
  /** Bytes that came to logs, and those of them that the agent wrote. */
  readonly written: { bytes: number; byAgent: number };
  /** Is told of all that is dropped. */
  drop(log: Log, bytes: number): void;
};

export function stormGuard(
  { cri, diversion, rate, events }: StormGuardDeps,
  { diverted, written, drop }: StormBooks,
  clock: Clock,
  logger: Logger,
) {
  /** Rejects with LogFilesError or CriError. */
  async function lookAt(log: Log, size: number | undefined): Promise<void> {
    if (!log.checked) {
      await diversion.back(log.path);
      log.checked = true;
    }
    const more = growth(log.size, size);
    log.size = size;
    written.bytes += more;
    if (rate.bytesPerSecond > 0) log.budget = grown(log.budget, more, rate, clock.now());
    if (!log.running) return await end(log);
    if (rate.bytesPerSecond === 0 && diverted.has(log.id)) return await calm(log);
    if (log.budget.storm === undefined) return;
    // After a start of its own the runtime writes to the log again.
    if (!diverted.has(log.id) || more > 0) await divert(log);
    await drain(log, allowance(log.budget, rate, clock.now()));
    if (isOver(log.budget, rate, clock.now())) await calm(log);
  }

  async function divert(log: Log): Promise<void> {
    await diversion.point(log.path, log.id);
    diverted.add(log.id);
    try {
      await cri.reopenContainerLog(log.id);
    } finally {
      await diversion.back(log.path);
      log.size = sizeOf(log);
    }
    if (!log.announced) tell(log, 'Warning', 'LogStorm', stormWords(log.container, rate));
    log.announced = true;
  }

  async function drain(log: Log, most: number | 'all'): Promise<void> {
    const ending = most === 'all';
    const result = await diversion.drain(log.id, log.path, most, (bytes) => {
      const untold = log.untold + bytes;
      if (untold === 0 || (!ending && clock.now() - log.toldAt < TELL_EVERY)) return '';
      log.untold = -bytes;
      log.toldAt = clock.now();
      return droppedLine(untold, rate, clock.wall());
    });
    log.untold += result.dropped;
    log.size = sizeOf(log);
    log.budget = passed(log.budget, result, rate, clock.now());
    written.bytes += result.kept;
    written.byAgent += result.kept;
    if (result.dropped > 0) drop(log, result.dropped);
  }

  async function calm(log: Log): Promise<void> {
    await drain(log, 'all');
    await cri.reopenContainerLog(log.id);
    await finish(log);
  }

  async function finish(log: Log): Promise<void> {
    await drain(log, 'all');
    await forget(log.id);
    const { storm } = log.budget;
    if (storm === undefined) return;
    const now = clock.now();
    log.budget = calmed(log.budget, now);
    log.announced = false;
    if (storm.dropped > 0)
      tell(log, 'Normal', 'LogStormEnded', calmWords(log.container, storm.dropped, now - storm.since));
  }

  async function forget(id: string): Promise<void> {
    await diversion.forget(id);
    diverted.delete(id);
  }

  /** Of a container that has ended the rest is taken, within its budget. */
  async function end(log: Log): Promise<void> {
    if (diverted.has(log.id)) {
      await drain(log, allowance(log.budget, rate, clock.now()));
      await finish(log);
    }
  }

  /** Renames the log of a running container, if a name is given, and has it opened anew; answers with what went wrong. */
  async function renew(id: string, path: string, to: string | undefined): Promise<string | undefined> {
    try {
      if (to !== undefined) await diversion.rename(path, to);
      if (diverted.has(id)) {
        await diversion.touch(path);
        return undefined;
      }
      try {
        await cri.reopenContainerLog(id);
      } catch (error) {
        // As it was before. Where the runtime has opened it after all, that is where it stays.
        if (to !== undefined && !(await diversion.exists(path))) await diversion.rename(to, path);
        throw error;
      }
      return undefined;
    } catch (error) {
      if (error instanceof LogFilesError || error instanceof CriError) return error.message;
      throw error;
    }
  }

  const sizeOf = (log: Log): number | undefined => diversion.sizes([log.path])[0];

  function tell({ pod }: Log, kind: 'Normal' | 'Warning', reason: string, message: string): void {
    logger.warn({ pod }, message);
    events.tell({ type: 'event', kind, pod, reason, message });
  }

  return { lookAt, forget, renew };
}

/** What was there before the agent came is none. */
function growth(before: number | undefined, size: number | undefined): number {
  if (before === undefined || size === undefined) return 0;
  return size >= before ? size - before : size;
}
