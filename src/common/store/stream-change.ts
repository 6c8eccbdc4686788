/** A message of the stream as the change that it stands for. */
import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import type { Clock, Logger } from '../actor/types.ts';
import type { SharedTexts } from '../lib/shared-texts.ts';
import type { Change, Entry, Revision, StoreKey } from './store.ts';
import { keyOf } from './store-key.ts';
import { decodeValue } from './stored-value.ts';
import type { StreamMessage } from './stream-feed.ts';
import type { StreamFeeds } from './stream-feeds.ts';

/**
 * The stream that holds the store. `created` tells it from a later one of the same name: a list takes the stream as it
 * finds it, and a watch is gone when the stream is another than that of the list before it.
 */
type StreamSource = { readonly stream: string; readonly prefix: string; created: string };

/** What reading the stream takes. */
export type StreamContext = {
  readonly jsm: JetStreamManager;
  readonly feeds: StreamFeeds;
  readonly source: StreamSource;
  readonly last: (subject: string) => Promise<StoredMsg | undefined>;
  readonly texts: SharedTexts;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
};

/** The change, or undefined for the store's own notes and for a value that is no object (which is logged). */
export function readChange(context: StreamContext, message: StreamMessage): Change | undefined {
  const key = keyOf(message.subject.slice(context.source.prefix.length));
  if (key === undefined) return undefined;
  const revision = message.sequence;
  if (message.headers?.has('KV-Operation')) return { type: 'deleted', key, revision };
  const entry = readEntry(context, key, revision, message.text());
  return entry === undefined ? undefined : { type: 'put', ...entry };
}

/** The entry, or undefined when the value is no object: one foreign value must not stop all that read the store. */
export function readEntry(
  { log, texts }: Pick<StreamContext, 'log' | 'texts'>,
  key: StoreKey,
  revision: Revision,
  text: string,
): Entry | undefined {
  try {
    return { key, revision, object: decodeValue(text, revision, texts) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    log.error({ key, revision, error: error.message }, 'skipped a stored value that is no object');
    return undefined;
  }
}
