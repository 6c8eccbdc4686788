/**
 * The store on a JetStream stream in the layout of a KV bucket (subjects `$KV.<bucket>.<key>`; see store-key.ts).
 * The revision is the stream's sequence: one order over all keys.
 *
 * What a watch promises (Kubernetes' contract, per key): the state after its last change is seen, revisions grow, none
 * comes twice. The stream holds only the last write of a key, so a watch that catches up may see several changes of a
 * key as one; a deletion followed by a creation is then seen as the put alone (the uid differs). A deletion stays
 * in the stream as a marker until `compact` purges it, which first raises the revision from which a watch may start.
 * `expected` must be the revision of a put: that of a deletion is not told apart from one.
 */
import {
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock, Logger, Millis } from '../actor/types.ts';
import { SharedTexts } from '../lib/shared-texts.ts';
import type { KubeObject } from '../model/meta.ts';
import { maxObjectBytes } from '../wire/api-protocol.ts';
import { compactMarkers } from './compaction.ts';
import {
  type Bookmark,
  type Change,
  type Entry,
  type Revision,
  type Store,
  StoreError,
  type StoreKey,
  type StoreScope,
} from './store.ts';
import { keyText, scopeText } from './store-key.ts';
import { encodeValue } from './stored-value.ts';
import { readEntry } from './stream-change.ts';
import { ensureStream } from './stream-config.ts';
import { StreamFeeds } from './stream-feeds.ts';
import { listStream } from './stream-list.ts';
import { watchStream } from './stream-watch.ts';
import { StreamWriter, unavailable } from './stream-writer.ts';

export type JetStreamStoreOptions = {
  /** Default `bramble`. */
  readonly bucket?: string;
  /** Servers that hold the data: 1, or 3 on a cluster. Default: 1, or what the existing stream has. */
  readonly replicas?: number;
  /** Largest value in bytes of JSON. Default 1.5 MiB; never more than the server takes in one message. */
  readonly maxBytes?: number;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
};

/** A store that can drop what it remembers of deleted keys. */
export interface JetStreamStore extends Store {
  /** Purges the markers of deletions older than `age` (default: a day); answers how many. Without any it writes nothing. */
  compact(age?: Millis): Promise<number>;
}

/** What of a message is not value: subject (up to 600 bytes), headers, protocol. */
const HEADROOM = 4_096;
const MESSAGE_NOT_FOUND = 10037;
const DAY: Millis = 86_400_000;

/**
 * Opens the bucket, creating its stream if need be. Rejects with StoreError `unavailable` when JetStream does not
 * answer. The connection stays the caller's; closing it ends the store.
 */
export async function openJetStreamStore(nc: NatsConnection, options: JetStreamStoreOptions): Promise<JetStreamStore> {
  const { bucket = 'bramble', log, clock, random } = options;
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const info = await ensureStream(jsm, bucket, options.replicas).catch((error: unknown) => {
    throw unavailable(`stream KV_${bucket}`, error);
  });
  const source = { stream: info.config.name, prefix: `$KV.${bucket}.`, created: info.created };
  // Only with one replica is the peer that answers a direct get the one that orders the writes.
  const last = lastMessage(jsm, source.stream, info.config.num_replicas === 1);
  const feeds = new StreamFeeds(nc, jsm, clock);
  const writer = new StreamWriter({ js: jetstream(nc), last, clock, random });
  const maxBytes = Math.min(options.maxBytes ?? maxObjectBytes, (nc.info?.max_payload ?? 1_048_576) - HEADROOM);
  const subject = (key: StoreKey): string => `${source.prefix}${keyText(key)}`;
  const context = { jsm, feeds, source, last, texts: new SharedTexts(), log, clock, random };

  return {
    maxBytes,
    create: async (key: StoreKey, object: KubeObject): Promise<Revision> => {
      const value = encodeValue(key, object, maxBytes);
      for (let expected = 0; ; ) {
        try {
          return await writer.write({ subject: subject(key), value, expected });
        } catch (error) {
          if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
          const found = await last(subject(key));
          if (found !== undefined && !isMarker(found)) {
            throw new StoreError('exists', `${keyText(key)} exists already`, { cause: error });
          }
          expected = found?.seq ?? 0;
        }
      }
    },
    update: async (key: StoreKey, object: KubeObject, expected: Revision): Promise<Revision> => {
      requirePut(key, expected);
      return writer.write({ subject: subject(key), value: encodeValue(key, object, maxBytes), expected });
    },
    delete: async (key: StoreKey, expected: Revision): Promise<Revision> => {
      requirePut(key, expected);
      return writer.write({ subject: subject(key), value: new Uint8Array(), expected, operation: 'DEL' });
    },
    get: async (key: StoreKey): Promise<Entry | undefined> => {
      const found = await last(subject(key));
      if (found === undefined || isMarker(found)) return undefined;
      return readEntry(context, key, found.seq, found.string());
    },
    list: (scope: StoreScope) => listStream(context, scopeText(scope)),
    watch: (scope: StoreScope, after: Revision, signal: AbortSignal): AsyncIterable<Bookmark | Change> =>
      watchStream(context, scopeText(scope), after, signal),
    compact: (age: Millis = DAY) => compactMarkers({ ...context, writer }, clock.wall() - age),
  };
}

function requirePut(key: StoreKey, expected: Revision): void {
  if (!Number.isSafeInteger(expected) || expected <= 0) {
    throw new StoreError('conflict', `${keyText(key)} never had revision ${expected}`);
  }
}

function isMarker(message: StoredMsg): boolean {
  return message.header.has('KV-Operation');
}

/** Reads the last message of a subject. Rejects with StoreError `unavailable`. */
function lastMessage(jsm: JetStreamManager, stream: string, direct: boolean) {
  return async (subject: string): Promise<StoredMsg | undefined> => {
    try {
      const query = { last_by_subj: subject };
      return (await (direct ? jsm.direct : jsm.streams).getMessage(stream, query)) ?? undefined;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === MESSAGE_NOT_FOUND) return undefined;
      throw unavailable(subject, error);
    }
  };
}
