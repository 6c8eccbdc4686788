/**
 * What happened and what the master has not taken yet, in order. Times are of the clock that runs since the device was booted:
 * the wall clock may be wrong by decades while things happen. Bounded: beyond it the oldest are dropped and counted.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { ObjectReference } from '../../../common/model/event.ts';

export type Happening = {
  readonly about: ObjectReference;
  readonly kind: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
};
/** A happening with its repetitions. The name is the Event's: by it the master knows what it has. */
export type Noted = Happening & {
  readonly name: string;
  readonly boot: string;
  /** Since that boot. */
  readonly first: Millis;
  readonly last: Millis;
  readonly count: number;
};
type Entry = { noted: Noted; waiting: boolean; sentAt: Millis | undefined };

export type EventOutbox = {
  /** A repetition raises the count of what said it first. */
  note(what: Happening, newName: () => string, boot: string, now: Millis): Noted;
  /** What waits, oldest first. */
  waiting(): readonly Noted[];
  /** The master has these now; what was repeated meanwhile waits on. */
  taken(sent: readonly Noted[], now: Millis): void;
  /** How many were dropped since this was last asked. */
  dropped(): number;
};

/** Happenings that wait at most. */
export const MOST_WAITING = 1000;
/** Happenings that are remembered, to count their repetitions. */
const REMEMBERED = 100;
/** A repetition is sent at once up to this count; afterwards at most once in the pause. */
const EAGER = 10;
const PAUSE: Millis = 5 * 60_000;

/** `before`: what waited when the agent ended. */
export function createEventOutbox(before: readonly Noted[]): EventOutbox {
  const entries = new Map<string, Entry>(
    before.map((noted) => [keyOf(noted), { noted, waiting: true, sentAt: undefined }]),
  );
  let count = 0;

  /** In the order in which they last happened, the first to be forgotten. */
  function forget(waiting: boolean, most: number): number {
    const those = [...entries].filter(([, entry]) => entry.waiting === waiting);
    const many = Math.max(0, those.length - most);
    for (const [key] of those.slice(0, many)) entries.delete(key);
    return many;
  }

  return {
    note(what, newName, boot, now) {
      const key = keyOf(what);
      const known = entries.get(key);
      const noted: Noted =
        known?.noted.boot === boot
          ? { ...known.noted, last: now, count: known.noted.count + 1 }
          : { ...what, name: newName(), boot, first: now, last: now, count: 1 };
      const sentAt = known?.sentAt;
      const rarely = noted.count > EAGER && sentAt !== undefined && now - sentAt < PAUSE;
      entries.delete(key);
      entries.set(key, { noted, waiting: known?.waiting === true || !rarely, sentAt });
      if (entries.size > REMEMBERED) forget(false, REMEMBERED);
      if (entries.size > MOST_WAITING) count += forget(true, MOST_WAITING);
      return noted;
    },
    waiting: () => [...entries.values()].flatMap(({ noted, waiting }) => (waiting ? [noted] : [])),
    taken(sent, now) {
      for (const noted of sent) {
        const entry = entries.get(keyOf(noted));
        if (entry?.noted.name !== noted.name) continue;
        entry.sentAt = now;
        if (entry.noted.count === noted.count) entry.waiting = false;
      }
    },
    dropped() {
      const before = count;
      count = 0;
      return before;
    },
  };
}

const keyOf = ({ about, reason, message }: Happening): string =>
  [about.kind, about.uid, about.fieldPath, reason, message].join('\n');
