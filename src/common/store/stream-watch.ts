/**
 * Follows the stream from a revision on, over lost connections and restarts of the server. Each time a feed is
 * opened it is checked that the stream still holds all that is wanted: only then is anything handed out.
 */
import { errors } from '@nats-io/transport-node';
import { pause } from '../actor/pause.ts';
import type { Millis } from '../actor/types.ts';
import { backoff } from '../lib/backoff.ts';
import { readCompacted } from './compaction.ts';
import { type Bookmark, type Change, type Revision, StoreError } from './store.ts';
import { readChange, type StreamContext } from './stream-change.ts';
import type { StreamFeed } from './stream-feed.ts';
import { unavailable } from './stream-writer.ts';

const HEARTBEAT: Millis = 15_000;

/** See Store.watch. */
export async function* watchStream(
  context: StreamContext,
  filter: string,
  after: Revision,
  signal: AbortSignal,
): AsyncIterable<Change | Bookmark> {
  const { clock, random, log, source } = context;
  const { created } = source;
  let seen = after;
  for (let failures = 0; !signal.aborted; ) {
    const feed = await openFeed(context, filter, seen, created).catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'gone') throw error;
      if (error instanceof errors.ClosedConnectionError) throw unavailable('watch', error);
      log.warn({ error: String(error), after: seen, attempt: failures }, 'the watch of the store is interrupted');
      return undefined;
    });
    if (feed === undefined) {
      await pause(clock, backoff(failures, 50, 5_000, random()), signal);
      failures += 1;
      continue;
    }
    failures = 0;
    const close = (): void => feed.close();
    signal.addEventListener('abort', close);
    try {
      for (let message = await feed.next(); message !== undefined && !signal.aborted; message = await feed.next()) {
        if (message === 'idle') continue;
        seen = message.sequence;
        const change = readChange(context, message);
        if (change !== undefined) yield change;
        // When it was sent nothing followed it, so every key's last write had been sent.
        if (message.pending === 0) yield { type: 'bookmark', revision: message.sequence };
      }
    } finally {
      signal.removeEventListener('abort', close);
      feed.close();
    }
  }
}

/** A feed of all after `seen`. The checks come after the consumer stands: a purge in between is noticed. */
async function openFeed(context: StreamContext, filter: string, seen: Revision, expected: string): Promise<StreamFeed> {
  const { jsm, feeds, source } = context;
  const filters = [`${source.prefix}${filter}`];
  const feed = await feeds.open({ stream: source.stream, filters, from: seen + 1, heartbeat: HEARTBEAT });
  try {
    const { created, state } = await jsm.streams.info(source.stream);
    if (created !== expected) throw new StoreError('gone', `the stream ${source.stream} was made anew`);
    if (seen > state.last_seq) {
      throw new StoreError('gone', `revision ${seen} is not held: the store is at ${state.last_seq}`);
    }
    const compacted = await readCompacted(context);
    if (seen < compacted) {
      throw new StoreError('gone', `changes after revision ${seen} are not held: deletions are up to ${compacted}`);
    }
    return feed;
  } catch (error) {
    feed.close();
    throw error;
  }
}
