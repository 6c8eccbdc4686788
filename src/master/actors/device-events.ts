/** Stores what devices say has happened. An Event that is there already is brought up to date: a repetition makes no second one. */

import type { Millis } from '../../common/actor/types.ts';
import { toTimestamp } from '../../common/lib/time.ts';
import { type Event, eventSchema } from '../../common/model/event.ts';
import type { EventAnswer, ToldEvent } from '../../common/wire/agent-protocol.ts';
import { keyOf } from '../core/owners.ts';
import type { ClusterView } from '../core/view.ts';
import type { Objects } from '../ports.ts';
import { refusalOf } from './perform.ts';

type Result = EventAnswer['results'][number];

/** What became of each, in order. Rejects when the store can not be reached: then nothing is known, and they come again. */
export async function acceptEvents(
  objects: Objects,
  view: ClusterView,
  node: string,
  told: readonly ToldEvent[],
  now: Millis,
): Promise<EventAnswer> {
  return { results: await Promise.all(told.map((one) => acceptEvent(objects, view, node, one, now))) };
}

async function acceptEvent(
  objects: Objects,
  view: ClusterView,
  node: string,
  told: ToldEvent,
  now: Millis,
): Promise<Result> {
  const parsed = eventSchema.safeParse(told.event);
  if (!parsed.success) return 'refused';
  const { count = 1, source, ...said } = parsed.data;
  // A device speaks of its own Node only.
  const { kind, name } = said.involvedObject;
  if (kind === 'Node' && name !== node) return 'refused';
  const lastTimestamp = toTimestamp(now - told.lastAgo);
  const key = keyOf('events', said.metadata);
  const stored = view.get(key) as Event | undefined;
  if (stored === undefined) {
    const made = await objects.create('events', {
      ...said,
      source: { component: source?.component ?? 'bramble-agent', host: node },
      firstTimestamp: toTimestamp(now - told.firstAgo),
      lastTimestamp,
      count,
    });
    if (made.ok) return 'ok';
    // Made already, which the view does not show yet.
    return refusalOf(made.status).code === 409 ? 'later' : 'refused';
  }
  if (stored.source?.host !== node) return 'refused';
  if ((stored.count ?? 1) >= count) return 'ok';
  const repeated = await objects.patch(key, 'merge', { count, lastTimestamp });
  return repeated.ok ? 'ok' : 'refused';
}
