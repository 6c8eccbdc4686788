/**
 * All entries in scope at one revision. The stream is read from its start until the server says that nothing followed
 * when a message was sent. At that moment every key's last write had been sent, so the entries are those of that very
 * revision, although other keys were written while reading.
 */
import { type Entry, type Revision, StoreError } from './store.ts';
import { keyText } from './store-key.ts';
import { readChange, type StreamContext } from './stream-change.ts';
import { unavailable } from './stream-writer.ts';

/** The server's word that all is sent, should the last message's own count be wrong. */
const HEARTBEAT = 2_000;

export type StreamList = { readonly entries: readonly Entry[]; readonly revision: Revision };

/** Rejects with StoreError `unavailable` when the connection is lost on the way: the caller asks again. */
export async function listStream(context: StreamContext, filter: string): Promise<StreamList> {
  const { jsm, feeds, source } = context;
  try {
    const { state, created } = await jsm.streams.info(source.stream);
    source.created = created;
    const filters = [`${source.prefix}${filter}`];
    const feed = await feeds.open({ stream: source.stream, filters, from: 1, heartbeat: HEARTBEAT });
    try {
      const entries = new Map<string, Entry>();
      let revision = state.last_seq;
      for (let more = feed.pending > 0; more; ) {
        const message = await feed.next();
        if (message === undefined) throw new StoreError('unavailable', 'the connection was lost while listing');
        if (message === 'idle') break;
        const change = readChange(context, message);
        if (change?.type === 'deleted') entries.delete(keyText(change.key));
        else if (change !== undefined) {
          const { key, object } = change;
          entries.set(keyText(key), { key, revision: change.revision, object });
        }
        revision = Math.max(revision, message.sequence);
        more = message.pending > 0;
      }
      return { entries: [...entries.values()], revision };
    } finally {
      feed.close();
    }
  } catch (error) {
    throw unavailable(`list of ${filter}`, error);
  }
}
