/**
 * One compare-and-set write to the stream, with an honest answer.
 *
 * An acknowledgement can get lost after the write was stored. So a write has an id (`Nats-Msg-Id`) that its
 * repetitions keep: the server answers a known id with the first one's sequence. What the server has forgotten
 * (it keeps ids in memory and rebuilds them from the messages it still holds) would meet its own write as a
 * conflict; so a conflict after an attempt without an answer is read back: our id on the key means that it was
 * written; anything else means that it cannot be known (written and overwritten, or never written), which is
 * `unavailable`. `conflict` is answered only when no attempt can have been stored.
 */
import { JetStreamApiError, type JetStreamClient, type StoredMsg } from '@nats-io/jetstream';
import { errors, headers, type MsgHdrs } from '@nats-io/transport-node';
import { pause } from '../actor/pause.ts';
import type { Clock, Millis } from '../actor/types.ts';
import { backoff } from '../lib/backoff.ts';
import { type Revision, StoreError } from './store.ts';

export type StreamWrite = {
  readonly subject: string;
  readonly value: Uint8Array;
  /** The key's last sequence; 0 when it has none. */
  readonly expected: Revision;
  readonly operation?: 'DEL';
};

export type WriterOptions = {
  readonly js: JetStreamClient;
  /** The last message of a subject, from where writes are ordered. */
  readonly last: (subject: string) => Promise<StoredMsg | undefined>;
  readonly clock: Clock;
  readonly random: () => number;
};

const ATTEMPT: Millis = 1_000;
const LIMIT: Millis = 5_000;
const WRONG_SEQUENCE: readonly number[] = [10071, 10164];
const MSG_ID = 'Nats-Msg-Id';

export class StreamWriter {
  readonly #options: WriterOptions;
  readonly #prefix: string;
  #count = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#prefix = `${options.random().toString(36).slice(2)}${options.random().toString(36).slice(2)}`;
  }

  /** Resolves with the write's sequence once it is on the disk. Rejects with StoreError `conflict` or `unavailable`. */
  async write(write: StreamWrite): Promise<Revision> {
    const { js, clock, random } = this.#options;
    this.#count += 1;
    const msgID = `${this.#prefix}.${this.#count}`;
    const end = clock.now() + LIMIT;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const ack = await js.publish(write.subject, write.value, {
          msgID,
          expect: { lastSubjectSequence: write.expected },
          headers: operationHeader(write),
          timeout: ATTEMPT,
        });
        return ack.seq;
      } catch (error) {
        if (error instanceof JetStreamApiError && WRONG_SEQUENCE.includes(error.code)) {
          if (attempt === 0) throw new StoreError('conflict', `${write.subject}: ${error.message}`, { cause: error });
          return this.#readBack(write, msgID);
        }
        // The server's own refusal stored nothing, but an earlier attempt may have.
        const final = error instanceof JetStreamApiError || error instanceof errors.ClosedConnectionError;
        if (final || clock.now() >= end) throw unavailable(write.subject, error);
      }
      await pause(clock, backoff(attempt, 50, 1_000, random()));
    }
  }

  async #readBack(write: StreamWrite, msgID: string): Promise<Revision> {
    const found = await this.#options.last(write.subject);
    if (found?.header.get(MSG_ID) === msgID) return found.seq;
    throw new StoreError('unavailable', `${write.subject}: an acknowledgement was lost and the key was written since`);
  }
}

function operationHeader(write: StreamWrite): MsgHdrs {
  const header = headers();
  if (write.operation !== undefined) header.set('KV-Operation', write.operation);
  return header;
}

/** What a failed request means for the caller of the store. */
export function unavailable(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError('unavailable', `${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
