/** The server's end of streams (stream.ts): one handler for each client that asks. */

import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../actor/types.ts';
import { type StreamEnd, StreamError } from './stream.ts';
import { jsonBody, jsonOf, type StreamFrame } from './stream-frame.ts';
import { StreamLine } from './stream-line.ts';

/**
 * Serves one client. Resolving ends the stream well, with the result (JSON) for the client; a StreamError reaches it with
 * its code and words. `signal` aborts with a StreamError when the client is done or gone.
 */
export type StreamHandler = (request: unknown, end: StreamEnd, signal: AbortSignal) => Promise<unknown>;

export type ServeOptions = {
  readonly clock: Clock;
  /** Clients at once; one more is refused as `overloaded`. Default: no limit. */
  readonly limit?: number;
};

/** Serves a subject until the answered function is called, which ends all of its streams too. */
export function serveStream(
  nc: NatsConnection,
  subject: string,
  { clock, limit = Number.POSITIVE_INFINITY }: ServeOptions,
  handler: StreamHandler,
): () => void {
  const open = new Set<StreamLine>();
  const subscription = nc.subscribe(subject, {
    callback: (error, message) => {
      if (error !== null || message.reply === undefined || message.reply === '') return;
      const line = new StreamLine({
        ...{ nc, clock, to: message.reply },
        nobody: () => new StreamError('closed', 'the client is gone'),
        own: (frame) => clientsWord(line, frame),
      });
      const full = open.size >= limit;
      open.add(line);
      void serve(line, message, full ? refuse : handler).finally(() => open.delete(line));
    },
  });
  const refuse: StreamHandler = async () => {
    throw new StreamError('overloaded', `${limit} of these are open on this node already; try again later`);
  };
  return () => {
    subscription.unsubscribe();
    for (const line of open) fail(line, new StreamError('unreachable', 'the server stops'));
  };
}

async function serve(line: StreamLine, message: Msg, handler: StreamHandler): Promise<void> {
  line.speak('open');
  try {
    const result = await handler(jsonOf(message.data), line, line.signal);
    if (line.signal.aborted) return;
    line.speak('end', jsonBody(result));
    line.end(new StreamError('closed', 'the stream has ended'));
  } catch (error) {
    fail(line, error instanceof StreamError ? error : new StreamError('failed', String(error), { cause: error }));
  }
}

function fail(line: StreamLine, error: StreamError): void {
  if (line.signal.aborted) return;
  line.speak('error', jsonBody({ code: error.code, message: error.message.slice(0, 4096) }));
  line.end(error);
}

function clientsWord(line: StreamLine, { kind }: StreamFrame): void {
  if (kind !== 'close' && kind !== 'error') throw new StreamError('invalid', 'the client says what no client says');
  line.end(new StreamError('closed', kind === 'close' ? 'the client is done' : 'the client has failed'));
}
