/** The server's end of streams (stream.ts): one handler for each client that asks. */

import { createInbox, headers, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { Clock } from '../actor/types.ts';
import { aliveMillis, chunkBytes, clientWord, kindHeader, StreamError, silentTicks, windowBytes } from './stream.ts';

/**
 * Where a handler writes, one write after the other. A write resolves once all of it could be sent within the window,
 * and rejects with StreamError when the client is gone.
 */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Produces one stream. Resolving ends it well; a StreamError reaches the client with its code and words. */
export type StreamHandler = (request: unknown, sink: Sink, signal: AbortSignal) => Promise<void>;

/** Serves a subject until the answered function is called, which ends all of its streams too. */
export function serveStream(nc: NatsConnection, subject: string, clock: Clock, handler: StreamHandler): () => void {
  const open = new Set<Session>();
  const subscription = nc.subscribe(subject, {
    callback: (error, message) => {
      if (error !== null || message.reply === undefined || message.reply === '') return;
      const session = new Session(nc, message.reply, clock);
      open.add(session);
      void session.run(message, handler).finally(() => open.delete(session));
    },
  });
  return () => {
    subscription.unsubscribe();
    for (const session of open) session.abandon('unreachable', 'the server stops');
  };
}

class Session implements Sink {
  readonly #nc: NatsConnection;
  readonly #inbox: string;
  readonly #clock: Clock;
  readonly #control = createInbox();
  readonly #gone = new AbortController();
  readonly #words: Subscription;
  #unconsumed = 0;
  #quiet = 0;
  #wake = (): void => {};
  #cancel = (): void => {};

  constructor(nc: NatsConnection, inbox: string, clock: Clock) {
    this.#nc = nc;
    this.#inbox = inbox;
    this.#clock = clock;
    this.#words = nc.subscribe(this.#control, {
      callback: (error, message) => {
        if (error === null) this.#listen(message);
      },
    });
  }

  async run(message: Msg, handler: StreamHandler): Promise<void> {
    this.#send('open');
    this.#tick();
    try {
      await handler(message.json(), this, this.#gone.signal);
      this.#send('end');
    } catch (error) {
      if (!this.#gone.signal.aborted) this.#fail(error);
    } finally {
      this.#cancel();
      this.#words.unsubscribe();
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += chunkBytes) {
      const chunk = bytes.subarray(from, from + chunkBytes);
      while (this.#unconsumed + chunk.length > windowBytes && !this.#gone.signal.aborted) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      this.#gone.signal.throwIfAborted();
      this.#unconsumed += chunk.length;
      this.#nc.publish(this.#inbox, chunk, { reply: this.#control });
    }
  }

  abandon(code: string, message: string): void {
    this.#gone.abort(new StreamError(code, message));
    this.#wake();
    this.#fail(this.#gone.signal.reason);
  }

  #listen(message: Msg): void {
    this.#quiet = 0;
    // NATS' own word that nobody hears the inbox any more.
    if (message.headers?.code === 503) {
      this.#gone.abort(new StreamError('closed', 'the client is gone'));
      this.#wake();
      return;
    }
    const word = clientWord.safeParse(parsed(message));
    if (!word.success) {
      this.abandon('invalid', 'the client says what no client says');
    } else if (word.data.close === true) {
      this.#gone.abort(new StreamError('closed', 'the client is done'));
    } else {
      this.#unconsumed = Math.max(0, this.#unconsumed - (word.data.consumed ?? 0));
    }
    this.#wake();
  }

  #tick(): void {
    this.#cancel = this.#clock.timer(aliveMillis, () => {
      this.#quiet += 1;
      if (this.#quiet >= silentTicks) {
        this.#gone.abort(new StreamError('silent', 'the client is gone'));
        this.#wake();
        return;
      }
      this.#send('alive');
      this.#tick();
    });
  }

  #fail(error: unknown): void {
    const { code, message } = error instanceof StreamError ? error : { code: 'failed', message: String(error) };
    this.#send('error', JSON.stringify({ code, message: message.slice(0, 4096) }));
  }

  #send(kind: string, body = ''): void {
    if (this.#nc.isClosed()) return;
    const named = headers();
    named.set(kindHeader, kind);
    this.#nc.publish(this.#inbox, body, { headers: named, reply: this.#control });
  }
}

function parsed(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    // Not JSON is not a word: the schema refuses it.
    return undefined;
  }
}
