/** When pods are evicted, as the settings say it: the kubelet's thresholds, put together. */

import { parseDuration } from '../../../common/lib/duration.ts';
import type { AgentSettings } from '../../../common/model/config/agent-settings.ts';
import { defaultEvictionHard, type evictionSettings } from '../../../common/model/config/eviction-settings.ts';
import {
  type Amount,
  type Read,
  readGracePeriods,
  readMinimumReclaim,
  readThresholds,
  type Threshold,
} from '../../../common/model/config/eviction-thresholds.ts';

/** `soft`: it has to be met for `graceMillis` before a pod is evicted, and the pod gets time to end. */
export type Rule = Threshold & {
  readonly soft: boolean;
  readonly graceMillis: number;
  /** How much beyond the threshold is taken back once it was met. */
  readonly minimumReclaim?: Amount;
};
export type Rules = {
  readonly thresholds: readonly Rule[];
  readonly maxPodGraceSeconds: number;
  /** A pressure is over when nothing was met for so long. */
  readonly transitionMillis: number;
};
export type EvictionSettings = Pick<AgentSettings, keyof typeof evictionSettings>;

/** What is wrong names the setting. */
export function evictionRules(settings: EvictionSettings): Read<Rules> {
  const hard = named('evictionHard', readThresholds(settings.evictionHard));
  const defaults = readThresholds(defaultEvictionHard);
  const soft = named('evictionSoft', readThresholds(settings.evictionSoft));
  const graces = named('evictionSoftGracePeriod', readGracePeriods(settings.evictionSoftGracePeriod));
  const reclaim = named('evictionMinimumReclaim', readMinimumReclaim(settings.evictionMinimumReclaim));
  if (!hard.ok) return hard;
  if (!defaults.ok) return defaults;
  if (!soft.ok) return soft;
  if (!graces.ok) return graces;
  if (!reclaim.ok) return reclaim;
  for (const { signal } of soft.value) {
    if (graces.value.has(signal)) continue;
    return refuse(
      `evictionSoftGracePeriod: must say how long ${signal} of evictionSoft has to be met: ${signal}=1m30s`,
    );
  }
  for (const signal of graces.value.keys()) {
    if (soft.value.some((threshold) => threshold.signal === signal)) continue;
    return refuse(`evictionSoftGracePeriod: ${signal}: must be a signal of evictionSoft, which does not name it`);
  }
  const set = withDefaults(
    hard.value,
    settings.mergeDefaultEvictionSettings ? defaults.value : [],
    settings.evictionHard,
  );
  const rule = (threshold: Threshold, softly: boolean): Rule => {
    const least = reclaim.value.get(threshold.signal);
    const graceMillis = softly ? (graces.value.get(threshold.signal) ?? 0) : 0;
    return { ...threshold, soft: softly, graceMillis, ...(least === undefined ? {} : { minimumReclaim: least }) };
  };
  return {
    ok: true,
    value: {
      thresholds: [...forPods(set).map((one) => rule(one, false)), ...soft.value.map((one) => rule(one, true))],
      maxPodGraceSeconds: settings.evictionMaxPodGracePeriod,
      transitionMillis: parseDuration(settings.evictionPressureTransitionPeriod) ?? 0,
    },
  };
}

/** How much of a capacity the hard threshold of a signal keeps free: that is not promised to pods. */
export function keptFree({ thresholds }: Rules, signal: Threshold['signal'], capacity: number): number {
  const hard = thresholds.find((rule) => rule.signal === signal && !rule.soft);
  return hard === undefined ? 0 : Math.min(capacity, amountOf(hard.amount, capacity));
}

/** A percentage is of the capacity. */
export function amountOf(amount: Amount, capacity: number): number {
  return 'percent' in amount ? (capacity * amount.percent) / 100 : amount.quantity;
}

/** A signal that evictionHard names, be it to switch it off, does not get its default. */
function withDefaults(hard: readonly Threshold[], defaults: readonly Threshold[], text: string): readonly Threshold[] {
  const names = text.split(',').map((part) => part.trim().split(/[<>\s]/)[0]);
  return [...hard, ...defaults.filter(({ signal }) => !names.includes(signal))];
}

/** The pods together may not use up their own limit either, as with the kubelet. */
function forPods(hard: readonly Threshold[]): readonly Threshold[] {
  const memory = hard.find(({ signal }) => signal === 'memory.available');
  if (memory === undefined || hard.some(({ signal }) => signal === 'allocatableMemory.available')) return hard;
  return [...hard, { ...memory, signal: 'allocatableMemory.available' }];
}

const refuse = (message: string) => ({ ok: false, message }) as const;

function named<T>(setting: string, result: Read<T>): Read<T> {
  return result.ok ? result : refuse(`${setting}: ${result.message}`);
}
