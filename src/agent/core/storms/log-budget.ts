/**
 * What one container's log may grow by: so many bytes at once, and so many a second. Above that a storm begins, and it ends
 * once all of the burst could be spent anew and nothing was dropped for a minute. Times are steady.
 */

import type { Millis } from '../../../common/lib/time.ts';

/** Bytes a second, and bytes at once. A rate of 0 sets no bound. */
export type LogRate = { readonly bytesPerSecond: number; readonly burstBytes: number };

export type LogBudget = {
  /** Bytes that may be written now. */
  readonly left: number;
  readonly at: Millis;
  /** Bytes a second that the log grew by when it was last looked at. */
  readonly speed?: number;
  /** While a storm lasts: since when, when something was dropped last, and how much in all. */
  readonly storm?: { readonly since: Millis; readonly droppedAt: Millis; readonly dropped: number };
  /** When the last storm ended. */
  readonly calmAt?: Millis;
};

const CALM_FOR: Millis = 60_000;
/** For so long after a storm the next one is expected. */
const WARY_FOR: Millis = 600_000;

export const fullBudget = (rate: LogRate, now: Millis): LogBudget => ({ left: rate.burstBytes, at: now });

/** The budget with what has come to it since. */
function refilled(budget: LogBudget, rate: LogRate, now: Millis): LogBudget {
  const more = (Math.max(0, now - budget.at) * rate.bytesPerSecond) / 1000;
  return { ...budget, left: Math.min(rate.burstBytes, budget.left + more), at: now };
}

/** The log has grown by itself. What is beyond the budget can not be taken back: a storm begins with nothing owed. */
export function grown(before: LogBudget, bytes: number, rate: LogRate, now: Millis): LogBudget {
  const speed = (bytes * 1000) / Math.max(1, now - before.at);
  const budget = { ...refilled(before, rate, now), speed };
  const left = budget.left - bytes;
  if (left >= 0 || budget.storm !== undefined) return { ...budget, left: Math.max(0, left) };
  return { ...budget, left: 0, storm: { since: now, droppedAt: now, dropped: 0 } };
}

/** Whole bytes that may be written in a storm now. */
export const allowance = (budget: LogBudget, rate: LogRate, now: Millis): number =>
  Math.floor(refilled(budget, rate, now).left);

/** In a storm so much was written, and so much dropped. */
export function passed(
  before: LogBudget,
  { kept, dropped }: { readonly kept: number; readonly dropped: number },
  rate: LogRate,
  now: Millis,
): LogBudget {
  const budget = refilled(before, rate, now);
  const left = Math.max(0, budget.left - kept);
  const { storm } = budget;
  if (storm === undefined || dropped === 0) return { ...budget, left };
  return { ...budget, left, storm: { ...storm, droppedAt: now, dropped: storm.dropped + dropped } };
}

export function isOver(budget: LogBudget, rate: LogRate, now: Millis): boolean {
  if (budget.storm === undefined) return false;
  return now - budget.storm.droppedAt >= CALM_FOR && refilled(budget, rate, now).left >= rate.burstBytes;
}

export function calmed({ storm: _over, speed: _past, ...budget }: LogBudget, now: Millis): LogBudget {
  return { ...budget, calmAt: now };
}

/** How soon to look again: before a log that grows has spent what it may, so that little more than that is written. */
export function lookAfter(budgets: Iterable<LogBudget>, rate: LogRate, now: Millis): Millis {
  if (rate.bytesPerSecond === 0) return COUNT_EVERY;
  let next = CALM;
  for (const { storm, calmAt, left, speed = 0 } of budgets) {
    if (storm !== undefined) return IN_STORM;
    if (calmAt !== undefined && now - calmAt < WARY_FOR) next = Math.min(next, WARY);
    // It may have begun to grow just before it was looked at.
    if (speed > rate.bytesPerSecond) next = Math.min(next, FAST, Math.max(SOONEST, (left * 1000) / speed));
  }
  return next;
}

/** Nothing grows much. With the usual burst 10 MB/s write less than twice of it before they are seen. */
const CALM: Millis = 1000;
const WARY: Millis = 500;
const IN_STORM: Millis = 250;
const FAST: Millis = 250;
const SOONEST: Millis = 100;
const COUNT_EVERY: Millis = 10_000;
