/**
 * Writes Events: repeats of one are counted in it, and one that repeats without end is written ever more rarely.
 * Too many at once are lost, and counted: events are hints for people.
 */

import type { Behavior, Millis } from '../../common/actor/types.ts';
import { toTimestamp } from '../../common/lib/time.ts';
import { masterFamilies } from '../../common/metrics/master.ts';
import type { Meter } from '../../common/metrics/meter.ts';
import type { Event, ObjectReference } from '../../common/model/event.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { keyOf } from '../core/owners.ts';
import type { NewId } from '../core/reconcile.ts';
import type { Answer, Objects } from '../ports.ts';

export type RecorderMessage =
  | {
      readonly type: 'note';
      readonly about: KubeObject | ObjectReference;
      readonly severity: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
      readonly component: string;
      readonly host?: string;
    }
  | { readonly type: 'written'; readonly id: string; readonly answer: Answer<KubeObject> | undefined };
type Noted = Extract<RecorderMessage, { type: 'note' }>;

type Known = {
  readonly name: string;
  readonly namespace: string;
  /** By the wall clock. */
  readonly first: Millis;
  last: Millis;
  count: number;
  /** The count that is stored, and when it was (steady). */
  stored: number;
  storedAt: Millis;
  writing: boolean;
};

/** Different events that are remembered, to count their repeats. */
const REMEMBERED = 4096;
/** A repeat is stored at once up to this count; afterwards at most once in the pause. */
const EAGER = 10;
const PAUSE: Millis = 5 * 60_000;
/** Writes under way at the same time: few, so that they do not hold up what matters. More wait. */
const PARALLEL = 8;
/** Events that wait; beyond them new ones are dropped. */
const WAITING = 4096;

export function eventRecorderBehavior(
  objects: Objects,
  newId: NewId,
  meter?: Meter | undefined,
): Behavior<RecorderMessage> {
  return (self) => {
    const lost = (): void => meter?.count(masterFamilies.droppedEvents, {});
    const known = new Map<string, Known>();
    let writing = 0;
    const waiting = new Map<string, { readonly event: Known; readonly noted: Noted }>();
    const write = (id: string, event: Known, noted: Noted): void => {
      if (event.writing) return;
      if (event.stored > EAGER && self.clock.now() - event.storedAt < PAUSE) return;
      if (writing >= PARALLEL) {
        if (waiting.size < WAITING || waiting.has(id)) waiting.set(id, { event, noted });
        else lost();
        return;
      }
      event.writing = true;
      writing += 1;
      const first = event.stored === 0;
      event.stored = event.count;
      event.storedAt = self.clock.now();
      self.pipe(
        () => (first ? objects.create('events', eventOf(event, noted)) : repeated(objects, event)),
        (answer) => ({ type: 'written', id, answer }),
        (error) => {
          self.log.warn({ error: String(error), reason: noted.reason }, 'an event could not be stored');
          return { type: 'written', id, answer: undefined };
        },
      );
    };
    return {
      on: {
        note: (noted) => {
          const about = referenceTo(noted.about);
          const id = [about.uid ?? about.name, noted.severity, noted.reason, noted.message, noted.host].join('\n');
          const now = self.clock.wall();
          const event = known.get(id) ?? {
            name: `${about.name ?? 'unnamed'}.${newId()}${newId()}`,
            namespace: about.namespace ?? 'default',
            first: now,
            last: now,
            count: 0,
            stored: 0,
            storedAt: 0,
            writing: false,
          };
          event.count += 1;
          event.last = now;
          // Last used last: the first is the one to be forgotten.
          known.delete(id);
          known.set(id, event);
          for (const oldest of known.keys()) {
            if (known.size <= REMEMBERED) break;
            known.delete(oldest);
          }
          write(id, event, noted);
        },
        written: ({ id, answer }) => {
          writing -= 1;
          if (answer === undefined || !answer.ok) lost();
          const event = known.get(id);
          if (event !== undefined) {
            event.writing = false;
            // Not stored, or expired meanwhile: the next repeat makes a new one.
            if (answer === undefined || !answer.ok) known.delete(id);
          }
          for (const [next, { event: late, noted }] of waiting) {
            if (writing >= PARALLEL) break;
            waiting.delete(next);
            write(next, late, noted);
          }
        },
      },
    };
  };
}

function repeated(objects: Objects, event: Known): Promise<Answer<KubeObject>> {
  const key = keyOf('events', event);
  return objects.patch(key, 'merge', { count: event.count, lastTimestamp: toTimestamp(event.last) });
}

function eventOf(event: Known, { about, severity, reason, message, component, host }: Noted): Event {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: event.name, namespace: event.namespace },
    involvedObject: referenceTo(about),
    type: severity,
    reason,
    message,
    source: { component, ...(host === undefined ? {} : { host }) },
    firstTimestamp: toTimestamp(event.first),
    lastTimestamp: toTimestamp(event.last),
    count: event.count,
  };
}

function referenceTo(about: KubeObject | ObjectReference): ObjectReference {
  if (!('metadata' in about)) return about;
  const { name, namespace, uid } = about.metadata as KubeObject['metadata'];
  return {
    apiVersion: String(about.apiVersion),
    kind: String(about.kind),
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
}
