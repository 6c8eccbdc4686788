/** `describe`: everything about an object for people, with its events. */

import { isRecord } from '../../common/lib/deep.ts';
import type { Event } from '../../common/model/event.ts';
import { kinds } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { mirrorOf } from '../../common/model/static-pods.ts';
import type { ExitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { describeText } from '../print/describe.ts';
import { emit, note } from '../print/emit.ts';
import { parseWanted } from '../resources.ts';
import { choose, eachOf } from '../select.ts';
import { type Session, withSession } from '../session.ts';
import type { Call } from '../verb.ts';

export type DescribeOptions = { readonly selector?: string; readonly allNamespaces?: boolean };

export async function describe(io: Io, { args, options, globals }: Call<DescribeOptions>): Promise<ExitCode> {
  const wanted = parseWanted(args);
  const named = wanted.some(({ names }) => names.length > 0);
  return await withSession(io, globals, async (session) => {
    const chosen = await choose(
      session,
      wanted,
      named || options.selector !== undefined ? options : { ...options, all: true },
    );
    if (chosen.length === 0) await note(io, `No resources found in ${session.target.namespace} namespace.`);
    let first = true;
    return await eachOf(io, session, chosen, async ({ key }) => {
      const object = await session.api.get(key);
      const text = describeText(object, await eventsOf(session, object), io.clock.wall());
      await emit(io, `${first ? '' : '\n\n'}${text}`);
      first = false;
    });
  });
}

/** The events about an object, oldest first; those of cluster-wide objects are kept in `default`. */
async function eventsOf({ api }: Session, object: KubeObject): Promise<readonly Event[]> {
  const { items } = await api.list(kinds.Event.plural, { namespace: object.metadata.namespace ?? 'default' });
  const events = items as readonly Event[];
  // The events of a static pod are about the pod on the device.
  const uid = mirrorOf(object) ?? object.metadata.uid;
  const about = events.filter(
    ({ involvedObject: of }) =>
      isRecord(of) && of.kind === object.kind && of.name === object.metadata.name && (of.uid ?? uid) === uid,
  );
  return about.toSorted(oldestFirst);
}

/** Orders events by when they were seen last; within a second by when they were written. */
export function oldestFirst(a: Event, b: Event): number {
  const written = ({ metadata }: Event): number => Number(metadata.resourceVersion ?? 0);
  return lastTime(a).localeCompare(lastTime(b)) || written(a) - written(b);
}

/** As text that sorts. */
function lastTime({ lastTimestamp, eventTime, firstTimestamp, metadata }: Event): string {
  return lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp ?? '';
}
