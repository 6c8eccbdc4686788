/** How often something that goes on and on is said: a burst at first, then now and then. Pure, in steady time. */

import type { Millis } from '../../../common/lib/time.ts';

export type EventBudget = { readonly left: number; readonly at: Millis };

const BURST = 10;
const ONE_EVERY: Millis = 60_000;

/** The budget after something was to be said, and whether it may be. */
export function spend(
  before: EventBudget | undefined,
  now: Millis,
): { readonly budget: EventBudget; readonly may: boolean } {
  const left = before === undefined ? BURST : Math.min(BURST, before.left + (now - before.at) / ONE_EVERY);
  return left < 1 ? { budget: { left, at: now }, may: false } : { budget: { left: left - 1, at: now }, may: true };
}
