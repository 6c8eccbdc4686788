/** Who listens to a device's samples, and what is sent because of that. Times are steady. */

import type { Millis } from '../../../common/lib/time.ts';

type Detail = 'brief' | 'full';
export type Listener = { readonly interval: Millis; readonly until: Millis; readonly detail: Detail };
export type Listeners = ReadonlyMap<string, Listener>;

export type Limits = {
  readonly shortestInterval: Millis;
  readonly longestInterval: Millis;
  readonly longestLease: Millis;
  readonly listeners: number;
};
type Interest = {
  readonly listener: string;
  readonly interval: Millis;
  readonly lease: Millis;
  readonly detail: Detail;
};

/** Adds a listener, renews its lease, or with a lease of 0 ends it. Undefined: there are too many. */
export function heard(
  listeners: Listeners,
  { listener, interval, lease, detail }: Interest,
  now: Millis,
  limits: Limits,
): { readonly listeners: Listeners; readonly interval: Millis; readonly lease: Millis } | undefined {
  const granted = {
    interval: Math.min(Math.max(interval, limits.shortestInterval), limits.longestInterval),
    lease: Math.min(lease, limits.longestLease),
  };
  const next = new Map([...listeners].filter(([name, { until }]) => name !== listener && until > now));
  if (granted.lease > 0) {
    if (next.size >= limits.listeners) return undefined;
    next.set(listener, { interval: granted.interval, until: now + granted.lease, detail });
  }
  return { listeners: next, ...granted };
}

/**
 * What is to be sent: as often and in as much detail as the most demanding listener wants. `setting`: the interval at which
 * samples are sent also without a listener; 0: none are. Undefined: nothing is sent.
 */
export function wanted(
  listeners: Listeners,
  setting: Millis,
): { readonly interval: Millis; readonly detail: Detail } | undefined {
  const all = [...listeners.values()];
  const intervals = [...all.map(({ interval }) => interval), ...(setting > 0 ? [setting] : [])];
  if (intervals.length === 0) return undefined;
  return {
    interval: Math.min(...intervals),
    detail: all.some(({ detail }) => detail === 'full') ? 'full' : 'brief',
  };
}

/** Those whose lease has not run out. */
export function current(listeners: Listeners, now: Millis): Listeners {
  return new Map([...listeners].filter(([, { until }]) => until > now));
}
