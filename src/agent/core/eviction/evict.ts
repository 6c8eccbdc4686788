/**
 * What to do about what runs out. Memory in, memory out; at most one action a call: first what nobody needs is freed, then a
 * look at who uses what is asked for, then at most one pod is ended; and nothing as long as that one has not ended and what was
 * seen is older than its end, so that nobody else is ended for what it still held.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { PodLoad } from './pod-load.ts';
import { victimOrder } from './ranking.ts';
import { amountOf, type Rule, type Rules } from './rules.ts';
import { kindOf, type PressureType, pressureOf, type Seen } from './seen.ts';

export type EvictionMemory = {
  /** By threshold: since when it is met. */
  readonly met: Readonly<Record<string, Millis>>;
  /** When each pressure was last seen. */
  readonly pressed: { readonly [K in PressureType]?: Millis };
  /** The pod that is being ended, and until when that is waited for. */
  readonly victim?: {
    readonly uid: string;
    readonly until: Millis;
    readonly soft: boolean;
    /** What it held is counted for so long after its end. */
    readonly lingers: Millis;
  };
  /** What was seen before is not believed: a pod ended since. */
  readonly staleUntil: Millis;
  /** When what nobody needs was last freed, while the disk is short. */
  readonly reclaimedAt?: Millis;
  /** Nobody could be ended: pods are not looked at again before this. */
  readonly nobodyUntil?: Millis;
  /** Pods that were told to end. */
  readonly told: readonly string[];
};
export const freshMemory: EvictionMemory = { met: {}, pressed: {}, staleUntil: Number.NEGATIVE_INFINITY, told: [] };

export type EvictionAction =
  | { readonly do: 'reclaim'; readonly rule: Rule }
  /** Who uses what has to be known. */
  | { readonly do: 'rank'; readonly rule: Rule }
  | { readonly do: 'evict'; readonly rule: Rule; readonly load: PodLoad; readonly graceSeconds: number }
  /** The pod that is being ended for a soft threshold gets no more time. */
  | { readonly do: 'hurry'; readonly rule: Rule; readonly uid: string };
export type Decision = {
  readonly memory: EvictionMemory;
  /** The conditions that hold. */
  readonly pressure: readonly PressureType[];
  readonly action?: EvictionAction;
};

/** A pod that does not end is waited for so long beyond its grace period (kubelet: podCleanupTimeout). */
const CLEANUP: Millis = 30_000;
/** The kernel takes its time to forget thousands of processes. */
const LINGERS: Millis = 2000;
/** What nobody needs is looked for again after this, while the disk stays short. */
const RECLAIM_AGAIN: Millis = 60_000;

/** After a look at all pods that found none to end. */
const NOBODY: Millis = 10_000;

/** `usage` is younger than every end before; undefined where nobody has looked yet. */
export function evict(
  before: EvictionMemory,
  seen: Seen,
  usage: readonly PodLoad[] | undefined,
  rules: Rules,
): Decision {
  const met = metSince(before, seen, rules);
  const pressed = { ...before.pressed };
  for (const rule of rules.thresholds) if (met[keyOf(rule)] !== undefined) pressed[pressureOf(rule.signal)] = seen.at;
  const pressure = (['MemoryPressure', 'DiskPressure', 'PIDPressure'] as const).filter((type) => {
    const last = pressed[type];
    return last !== undefined && (last === seen.at || seen.at - last < rules.transitionMillis);
  });
  const { reclaimedAt, victim, nobodyUntil = seen.at, ...rest } = before;
  const short = rules.thresholds.some((rule) => met[keyOf(rule)] !== undefined && isDisk(rule));
  const waits = victim !== undefined && seen.at < victim.until;
  const memory: EvictionMemory = {
    ...rest,
    ...{ met, pressed },
    ...(waits ? { victim } : {}),
    ...(nobodyUntil > seen.at ? { nobodyUntil } : {}),
    ...(short && reclaimedAt !== undefined ? { reclaimedAt } : {}),
  };
  const rule = due(met, seen, rules);
  const hastened = waits ? hurry(victim, memory, seen, rules) : undefined;
  if (hastened !== undefined) return { pressure, ...hastened };
  if (rule === undefined || waits || seen.at <= memory.staleUntil) return { memory, pressure };
  const reclaimed = memory.reclaimedAt !== undefined && seen.at - memory.reclaimedAt < RECLAIM_AGAIN;
  if (isDisk(rule) && !reclaimed) {
    return { memory: { ...memory, reclaimedAt: seen.at }, pressure, action: { do: 'reclaim', rule } };
  }
  if (usage === undefined) {
    return nobodyUntil > seen.at ? { memory, pressure } : { memory, pressure, action: { do: 'rank', rule } };
  }
  const candidates = usage.filter(({ isProtected, pod }) => !isProtected && !memory.told.includes(pod.uid));
  const [load] = [...candidates].sort(victimOrder(rule.signal, seen.separateImages));
  if (load === undefined) return { memory: { ...memory, nobodyUntil: seen.at + NOBODY }, pressure };
  const graceSeconds = rule.soft ? rules.maxPodGraceSeconds : 0;
  const { uid } = load.pod;
  const there = new Set(usage.map(({ pod }) => pod.uid));
  return {
    memory: {
      ...memory,
      victim: {
        uid,
        until: seen.at + graceSeconds * 1000 + CLEANUP,
        soft: graceSeconds > 0,
        lingers: lingersOf(rule),
      },
      told: [...memory.told.filter((one) => there.has(one)), uid],
    },
    pressure,
    action: { do: 'evict', rule, load, graceSeconds },
  };
}

/** The pod has ended and what it held is free: only what is seen from now on counts, and its remains may be freed. */
export function victimEnded(memory: EvictionMemory, uid: string, now: Millis): EvictionMemory {
  const { victim, reclaimedAt: _, ...rest } = memory;
  const lingers = victim?.uid === uid ? victim.lingers : 0;
  // One that took longer than it was waited for may end after another one was told to.
  return { ...rest, ...(victim === undefined || victim.uid === uid ? {} : { victim }), staleUntil: now + lingers };
}

/**
 * The node ends this pod already, which an agent before was told or the pod brought upon itself: it is waited for as if it had
 * been told now. Undefined: somebody is waited for, or it was for long enough.
 */
export function victimFound(
  memory: EvictionMemory,
  uid: string,
  now: Millis,
  { maxPodGraceSeconds }: Pick<Rules, 'maxPodGraceSeconds'>,
): EvictionMemory | undefined {
  if (memory.victim !== undefined || memory.told.includes(uid)) return undefined;
  const until = now + maxPodGraceSeconds * 1000 + CLEANUP;
  return { ...memory, victim: { uid, until, soft: true, lingers: LINGERS }, told: [...memory.told, uid] };
}

export const keyOf = ({ signal, text, soft, window }: Rule) => [signal, text, soft, window].join(' ');
const lingersOf = ({ signal }: Rule): Millis => (kindOf(signal) === 'pids' ? LINGERS : 0);
const isDisk = ({ signal }: Rule) => pressureOf(signal) === 'DiskPressure';

/** Whether a threshold that was met still is. */
export const isStillMet = (rule: Rule, seen: Pick<Seen, 'levels' | 'stall'>) => isMet(rule, seen, true);

/** One that was met is met until the minimum reclaim is free beyond it. */
function metSince({ met }: EvictionMemory, seen: Seen, { thresholds }: Rules): EvictionMemory['met'] {
  const since = thresholds.flatMap((rule): [string, Millis][] => {
    const key = keyOf(rule);
    return isMet(rule, seen, met[key] !== undefined) ? [[key, met[key] ?? seen.at]] : [];
  });
  return Object.fromEntries(since);
}

function isMet(rule: Rule, { levels, stall }: Pick<Seen, 'levels' | 'stall'>, before: boolean): boolean {
  if (rule.signal === 'memory.pressure') {
    return stall !== undefined && stall[rule.window ?? 10] > ('percent' in rule.amount ? rule.amount.percent : 100);
  }
  const level = levels[rule.signal];
  if (level === undefined) return false;
  const more = before && rule.minimumReclaim !== undefined ? amountOf(rule.minimumReclaim, level.capacity) : 0;
  return level.available < amountOf(rule.amount, level.capacity) + more;
}

/** What is left may not last as long as the time that a pod was given for a soft threshold. */
function hurry(
  { uid, soft, lingers }: NonNullable<EvictionMemory['victim']>,
  memory: EvictionMemory,
  seen: Seen,
  { thresholds }: Rules,
): Pick<Decision, 'memory' | 'action'> | undefined {
  const rule = soft ? due(memory.met, seen, { thresholds: thresholds.filter((one) => !one.soft) }) : undefined;
  if (rule === undefined) return undefined;
  const victim = { uid, until: seen.at + CLEANUP, soft: false, lingers };
  return { memory: { ...memory, victim }, action: { do: 'hurry', rule, uid } };
}

/** The threshold to act on: memory before the rest, as it runs out fastest; hard before soft. */
function due(met: EvictionMemory['met'], { at }: Seen, { thresholds }: Pick<Rules, 'thresholds'>): Rule | undefined {
  const ready = thresholds.filter((rule) => {
    const since = met[keyOf(rule)];
    return since !== undefined && at - since >= rule.graceMillis;
  });
  const rank = ({ signal, soft }: Rule) => (kindOf(signal) === 'memory' ? 0 : 2) + Number(soft);
  return [...ready].sort((a, b) => rank(a) - rank(b))[0];
}
