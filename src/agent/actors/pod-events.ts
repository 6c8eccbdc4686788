/**
 * Tells the master what happened to pods, as Events. They are hints: gathered for a moment, sent once, lost with the link.
 * A repetition raises the count of the Event that said it first.
 */

import type { Behavior, Millis, Ref } from '../../common/actor/types.ts';
import { toTimestamp } from '../../common/lib/time.ts';
import type { Event, ObjectReference } from '../../common/model/event.ts';
import type { UpMessage } from '../../common/wire/agent-protocol.ts';
import type { PodName } from '../core/runtime-model.ts';

export type PodEvent = {
  readonly type: 'event';
  readonly kind: 'Normal' | 'Warning';
  readonly pod: PodName;
  readonly container?: { readonly name: string; readonly init: boolean };
  readonly reason: string;
  readonly message: string;
};
/** Something happened to the device. */
export type NodeEvent = Pick<PodEvent, 'kind' | 'reason' | 'message'> & { readonly type: 'node-event' };
export type PodEventsMessage = PodEvent | NodeEvent | { readonly type: 'flush' };

const GATHER: Millis = 200;
const REMEMBERED = 100;
const BATCH = 100;

export function podEvents(deps: {
  readonly node: string;
  readonly master: Ref<UpMessage>;
  newId(): string;
}): Behavior<PodEventsMessage> {
  return (self) => {
    const recent = new Map<string, Event>();
    const pending = new Map<string, Event>();
    function say(about: ObjectReference, event: Pick<PodEvent, 'kind' | 'reason' | 'message'>): void {
      const key = [about.uid, about.fieldPath, event.reason, event.message].join('\n');
      const now = toTimestamp(self.clock.wall());
      const before = recent.get(key);
      const next =
        before === undefined
          ? newEvent(about, event, deps.node, deps.newId(), now)
          : { ...before, count: (before.count ?? 1) + 1, lastTimestamp: now };
      recent.delete(key);
      recent.set(key, next);
      for (const old of recent.keys()) {
        if (recent.size <= REMEMBERED) break;
        recent.delete(old);
      }
      if (pending.size === 0) self.after(GATHER, { type: 'flush' }, 'flush');
      pending.set(key, next);
    }

    return {
      on: {
        event: (event) => say(podOf(event), event),
        'node-event': (event) => say({ apiVersion: 'v1', kind: 'Node', name: deps.node }, event),
        flush() {
          const all = [...pending.values()];
          pending.clear();
          for (let from = 0; from < all.length; from += BATCH) {
            deps.master.tell({ type: 'event', node: deps.node, events: all.slice(from, from + BATCH) });
          }
        },
      },
    };
  };
}

function podOf({ pod: { namespace, name, uid }, container }: PodEvent): ObjectReference {
  const field = container?.init ? 'initContainers' : 'containers';
  const fieldPath = container === undefined ? {} : { fieldPath: `spec.${field}{${container.name}}` };
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid, ...fieldPath };
}

function newEvent(
  about: ObjectReference,
  { kind, reason, message }: Pick<PodEvent, 'kind' | 'reason' | 'message'>,
  node: string,
  id: string,
  now: string,
): Event {
  const name = `${(about.name ?? '').slice(0, 200)}.${id.replaceAll('-', '').slice(0, 16)}`;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: about.namespace ?? 'default', name },
    involvedObject: about,
    type: kind,
    reason,
    message: message.slice(0, 1024),
    source: { component: 'bramble-agent', host: node },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}
