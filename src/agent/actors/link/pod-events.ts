/**
 * Tells the master what happened to pods and to the device, as Events: gathered for a moment, in order, until it has answered.
 * What waits is in a journal too, so that an agent that ends meanwhile loses none. How long ago something happened is told and
 * not when: the master knows the time.
 */

import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { backoff } from '../../../common/lib/backoff.ts';
import type { Event, ObjectReference } from '../../../common/model/event.ts';
import type { EventAnswer, ToldEvent, UpMessage } from '../../../common/wire/agent-protocol.ts';
import { createEventOutbox, type Happening, type Noted } from '../../core/node/event-outbox.ts';
import type { PodName } from '../../core/runtime-model.ts';
import { type EventJournal, JournalError } from '../../ports/event-journal.ts';
import { journalKeeper } from './journal-keeper.ts';

export type PodEvent = {
  readonly type: 'event';
  readonly kind: 'Normal' | 'Warning';
  readonly pod: PodName;
  readonly container?: { readonly name: string; readonly init: boolean };
  readonly reason: string;
  readonly message: string;
  /** For programs; those of the first time stay. */
  readonly annotations?: Readonly<Record<string, string>>;
};
/** Something happened to the device. */
export type NodeEvent = Pick<PodEvent, 'kind' | 'reason' | 'message'> & { readonly type: 'node-event' };
export type PodEventsMessage =
  | PodEvent
  | NodeEvent
  | { readonly type: 'flush' }
  | { readonly type: 'taken'; readonly sent: readonly Noted[]; readonly answer: EventAnswer }
  | { readonly type: 'unanswered'; readonly error: unknown }
  | { readonly type: 'saved' }
  | { readonly type: 'unsaved'; readonly error: unknown }
  /** The link is back. */
  | { readonly type: 'retry' };

const GATHER: Millis = 200;
const BATCH = 100;
const LIMIT: Millis = 10_000;
const FIRST: Millis = 500;
const LONGEST: Millis = 10_000;

export function podEvents(deps: {
  readonly node: string;
  readonly master: Ref<UpMessage>;
  readonly journal: EventJournal;
  newId(): string;
  random(): number;
}): Behavior<PodEventsMessage> {
  return async (self) => {
    const { node, master, journal } = deps;
    const outbox = createEventOutbox(await journal.load());
    const keeper = journalKeeper(journal, outbox.waiting);
    let saving = false;
    let saved = true;
    let sending = false;
    let failures = 0;

    function note(happening: Happening): void {
      const named = `${(happening.about.name ?? node).slice(0, 200)}.${deps.newId().replaceAll('-', '').slice(0, 16)}`;
      keeper.add(outbox.note(happening, () => named, journal.boot, journal.sinceBoot()));
      save();
      if (!sending && failures === 0) self.after(GATHER, { type: 'flush' }, 'flush');
    }
    function save(): void {
      if (saving || !keeper.due()) return;
      saving = true;
      self.pipe(
        () => keeper.write(),
        () => ({ type: 'saved' }),
        (error) => ({ type: 'unsaved', error }),
      );
    }
    function send(): void {
      const sent = outbox.waiting().slice(0, BATCH);
      if (sending || sent.length === 0) return;
      sending = true;
      const events = sent.map((noted) => told(noted, node, journal));
      self.pipe(
        () => master.ask({ type: 'event', node, events }, LIMIT),
        (answer) => ({ type: 'taken', sent, answer }),
        (error) => ({ type: 'unanswered', error }),
      );
    }

    if (outbox.waiting().length > 0) self.after(GATHER, { type: 'flush' }, 'flush');
    return {
      on: {
        event: ({ type: _, pod, container, ...said }) => note({ about: podOf({ pod, container }), ...said }),
        'node-event': ({ kind, reason, message }) =>
          note({ about: { apiVersion: 'v1', kind: 'Node', name: node }, kind, reason, message }),
        flush: send,
        retry: send,
        taken({ sent, answer }) {
          sending = false;
          failures = 0;
          const later = sent.filter((_, at) => answer.results[at] === 'later');
          outbox.taken(
            sent.filter((one) => !later.includes(one)),
            journal.sinceBoot(),
          );
          save();
          const dropped = outbox.dropped();
          if (dropped > 0) {
            const message = `${dropped} events were dropped: too many waited for the master`;
            self.log.warn({ dropped }, message);
            self.ref.tell({ type: 'node-event', kind: 'Warning', reason: 'EventsDropped', message });
          }
          if (later.length > 0) self.after(GATHER, { type: 'flush' }, 'flush');
          else send();
        },
        saved() {
          [saving, saved] = [false, true];
          save();
        },
        unsaved({ error }) {
          if (!(error instanceof JournalError)) throw error;
          if (saved) self.log.warn({ error }, 'events that wait are not kept: a restart of the agent loses them');
          [saving, saved] = [false, false];
        },
        unanswered({ error }) {
          sending = false;
          if (failures === 0) self.log.info({ error: String(error) }, 'events wait for the master');
          self.after(backoff(failures, FIRST, LONGEST, deps.random()), { type: 'flush' }, 'flush');
          failures += 1;
        },
      },
    };
  };
}

/** What happened before this boot happened at least as long ago as this boot is. */
function told(noted: Noted, node: string, { boot, sinceBoot }: EventJournal): ToldEvent {
  const now = sinceBoot();
  const ago = (at: Millis): Millis => (noted.boot === boot ? Math.max(0, now - at) : now);
  return { event: eventOf(noted, node), firstAgo: ago(noted.first), lastAgo: ago(noted.last) };
}

function podOf({
  pod: { namespace, name, uid },
  container,
}: {
  readonly pod: PodName;
  readonly container: PodEvent['container'] | undefined;
}): ObjectReference {
  const field = container?.init ? 'initContainers' : 'containers';
  const part = container === undefined ? {} : { fieldPath: `spec.${field}{${container.name}}` };
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid, ...part };
}

function eventOf({ about, kind, name, reason, message, annotations, count }: Noted, node: string): Event {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      namespace: about.namespace ?? 'default',
      name,
      ...(annotations === undefined ? {} : { annotations }),
    },
    involvedObject: about,
    type: kind,
    reason,
    message: message.slice(0, 1024),
    source: { component: 'bramble-agent', host: node },
    count,
  };
}
