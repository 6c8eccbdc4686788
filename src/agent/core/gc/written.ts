/** Bytes written a day, from counters that are read once an hour: over the last day, or as long as the agent has run. */

import type { Millis } from '../../../common/lib/time.ts';

/** Counters that only grow while the agent runs; `total` is absent where no block device is known. */
export type Written = { readonly agent: number; readonly logs: number; readonly total?: number };
export type WrittenAt = Written & { readonly at: Millis };

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;
/** Less than so much a day is none. */
const GRAIN = 64 * 1024;

/** The samples that are still needed, with a new one. */
export function withSample(samples: readonly WrittenAt[], sample: WrittenAt): readonly WrittenAt[] {
  return [...samples.filter(({ at }) => sample.at - at <= DAY), sample];
}

/** Undefined before there is an hour to judge by. */
export function perDay(samples: readonly WrittenAt[]): Written | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < HOUR) return undefined;
  const daily = (from: number, to: number) => rounded((Math.max(0, to - from) * DAY) / (last.at - first.at));
  return {
    agent: daily(first.agent, last.agent),
    logs: daily(first.logs, last.logs),
    ...(first.total === undefined || last.total === undefined ? {} : { total: daily(first.total, last.total) }),
  };
}

/** Whether it is worth a write in the store: half as much again, or a third less. */
export function isNews(told: Written | undefined, now: Written): boolean {
  if (told === undefined) return true;
  const differs = (before = 0, after = 0) => after * 3 > before * 4.5 || after * 3 < before * 2;
  return differs(told.agent, now.agent) || differs(told.logs, now.logs) || differs(told.total, now.total);
}

/** Two digits, in steps of 64 KiB at least. */
function rounded(bytes: number): number {
  const step = Math.max(GRAIN, 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, bytes))) - 1));
  return Math.round(bytes / step) * step;
}
