/** The client's end of a stream (stream.ts). */

import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../actor/types.ts';
import { type StreamEnd, StreamError, streamFailure } from './stream.ts';
import { jsonBody, jsonOf, type StreamFrame } from './stream-frame.ts';
import { StreamLine } from './stream-line.ts';

export interface ClientStream extends StreamEnd {
  /** What the server's handler gave at its end; rejects with StreamError for any other end. */
  readonly result: Promise<unknown>;
  /** Ends the stream, also while it is under way. */
  close(): void;
}

/** Asks for a stream. `signal` closes it. Throws StreamError `invalid` for a request that the NATS server does not take. */
export function openStream(
  nc: NatsConnection,
  subject: string,
  request: unknown,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): ClientStream {
  const body = jsonBody(request);
  const largest = nc.info?.max_payload ?? body.length;
  if (body.length > largest)
    throw new StreamError('invalid', `the request has ${body.length} bytes; the NATS server takes ${largest}`);
  let resolveResult: (result: unknown) => void;
  const result = new Promise<unknown>((resolve, reject) => {
    resolveResult = resolve;
    // In the next turn, as the line is made below.
    queueMicrotask(() => line.signal.addEventListener('abort', () => reject(line.signal.reason), { once: true }));
  });
  // Who receives hears of it too, and not everybody waits for the result.
  result.catch(() => {});
  const close = (): void => {
    if (line.signal.aborted) return;
    line.speak('close');
    line.end(new StreamError('closed', 'this end has closed the stream'));
  };
  const line = new StreamLine({
    ...{ nc, clock },
    nobody: () => new StreamError('unreachable', `nobody serves ${subject}`),
    own: (frame) => {
      if (frame.kind === 'open') return;
      if (frame.kind === 'error') throw failureOf(frame);
      if (frame.kind !== 'end') throw new StreamError('invalid', 'the server says what no server says');
      resolveResult(jsonOf(frame.body));
      line.heardAll();
      line.end(new StreamError('closed', 'the stream has ended'));
    },
  });
  signal?.addEventListener('abort', close, { once: true });
  line.signal.addEventListener('abort', () => signal?.removeEventListener('abort', close), { once: true });
  if (signal?.aborted) close();
  else nc.publish(subject, body, { reply: line.inbox });
  return Object.assign(line, { result, close });
}

function failureOf({ body }: StreamFrame): StreamError {
  const failure = streamFailure.safeParse(jsonOf(body));
  if (!failure.success) return new StreamError('invalid', 'the other end gave no reason that can be read');
  return new StreamError(failure.data.code, failure.data.message);
}
