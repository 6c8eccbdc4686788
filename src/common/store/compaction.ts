/**
 * Forgets old deletions. A marker that is purged is a deletion that a watch from before it would miss; so the highest
 * purged revision is noted in the stream first (subject `$KV.<bucket>.compacted`), and no watch starts below it.
 */
import type { Millis } from '../actor/types.ts';
import { type Revision, StoreError } from './store.ts';
import type { StreamContext } from './stream-change.ts';
import { type StreamWriter, unavailable } from './stream-writer.ts';

const HEARTBEAT: Millis = 2_000;

/** The revision up to which deletions may have been forgotten; 0 when none was. */
export async function readCompacted(context: StreamContext): Promise<Revision> {
  return Number((await context.last(noteSubject(context)))?.string() ?? 0);
}

/** Purges the markers stored before `before`; answers how many there were. */
export async function compactMarkers(
  context: StreamContext & { readonly writer: StreamWriter },
  before: Millis,
): Promise<number> {
  const { jsm, source, writer, last } = context;
  try {
    const markers = await oldMarkers(context, before);
    const highest = Math.max(0, ...markers.values());
    if (highest === 0) return 0;
    const note = await last(noteSubject(context));
    if (Number(note?.string() ?? 0) < highest) {
      const value = Buffer.from(String(highest));
      await writer.write({ subject: noteSubject(context), value, expected: note?.seq ?? 0 });
    }
    for (const [filter, sequence] of markers) await jsm.streams.purge(source.stream, { filter, seq: sequence + 1 });
    return markers.size;
  } catch (error) {
    throw unavailable('compaction', error);
  }
}

function noteSubject({ source }: StreamContext): string {
  return `${source.prefix}compacted`;
}

/** Subjects and sequences of the markers that are old enough. */
async function oldMarkers({ feeds, source }: StreamContext, before: Millis): Promise<ReadonlyMap<string, Revision>> {
  const filters = [`${source.prefix}*.*.*`];
  const feed = await feeds.open({ stream: source.stream, filters, from: 1, heartbeat: HEARTBEAT, headersOnly: true });
  try {
    const markers = new Map<string, Revision>();
    for (let more = feed.pending > 0; more; ) {
      const message = await feed.next();
      if (message === undefined) throw new StoreError('unavailable', 'the connection was lost while compacting');
      if (message === 'idle') break;
      if (message.headers?.has('KV-Operation') && message.at < before) markers.set(message.subject, message.sequence);
      else markers.delete(message.subject);
      more = message.pending > 0;
    }
    return markers;
  } finally {
    feed.close();
  }
}
