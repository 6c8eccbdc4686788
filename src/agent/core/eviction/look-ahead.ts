/**
 * When to look next: before a threshold could be crossed at the fastest pace at which a device uses something up. Far from all
 * thresholds that is seldom, so that an idle device looks a few times a minute.
 */

import type { Millis } from '../../../common/lib/time.ts';
import { type EvictionMemory, keyOf } from './evict.ts';
import { amountOf, type Rule, type Rules } from './rules.ts';
import { kindOf, pressureOf, type Seen } from './seen.ts';

const SOONEST: Millis = 100;
const LATEST: Millis = 10_000;
/** While a threshold is met and nothing can be done about it, for thresholds that have time, and for what is not known yet. */
const UNHURRIED: Millis = 1000;
/** A second: bytes touched by a device's cores, bytes to its disk, files made, processes begun. */
const FASTEST = { memory: 512 * 1024 * 1024, disk: 200 * 1024 * 1024, inodes: 20_000, pids: 5000 } as const;

/** Milliseconds from `seen` on. */
export function nextLook(seen: Seen, memory: EvictionMemory, rules: Rules): Millis {
  const times = rules.thresholds.map((rule) => timeOf(rule, seen, memory));
  const ends = Object.values(memory.pressed).map((last) => last + rules.transitionMillis - seen.at);
  return Math.max(SOONEST, Math.min(LATEST, ...times, ...ends.filter((left) => left > 0)));
}

function timeOf(rule: Rule, { at, levels, stall }: Seen, { met }: EvictionMemory): Millis {
  const since = met[keyOf(rule)];
  if (since !== undefined) return Math.min(UNHURRIED, Math.max(SOONEST, since + rule.graceMillis - at));
  if (rule.signal === 'memory.pressure') return stall === undefined ? LATEST : UNHURRIED;
  const level = levels[rule.signal];
  // Where images are is known as soon as the runtime is there.
  if (level === undefined) return /^(imagefs|containerfs)\./.test(rule.signal) ? UNHURRIED : LATEST;
  const left = level.available - amountOf(rule.amount, level.capacity);
  const time = (left / FASTEST[kindOf(rule.signal)]) * 1000;
  // A disk that fills is no matter of tenths of a second.
  const least = rule.soft || pressureOf(rule.signal) !== 'MemoryPressure' ? SOONEST * 2 : SOONEST;
  return Math.max(least, time);
}
