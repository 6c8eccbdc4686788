/** The client's end of a stream (stream.ts). */

import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../actor/types.ts';
import { aliveMillis, kindHeader, StreamError, silentTicks, streamFailure, wordBytes } from './stream.ts';

/**
 * Asks for a stream and hands out its bytes in order. Ends when the server has sent all or `signal` aborts; throws
 * StreamError. What is not taken from it is not sent: a slow reader slows the server.
 */
export async function* openStream(
  nc: NatsConnection,
  subject: string,
  request: unknown,
  options: { readonly clock: Clock; readonly signal?: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { clock, signal } = options;
  const inbox = createInbox();
  const subscription = nc.subscribe(inbox);
  let control: string | undefined;
  let ended = false;
  let consumed = 0;
  const say = (word: object): void => {
    if (control !== undefined && !nc.isClosed()) nc.publish(control, JSON.stringify(word));
  };
  const life = watchOver(
    clock,
    () => say({}),
    () => subscription.unsubscribe(),
  );
  const onAbort = (): void => subscription.unsubscribe();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    nc.publish(subject, JSON.stringify(request), { reply: inbox });
    for await (const message of subscription) {
      if (signal?.aborted === true) return;
      life.heard();
      if (message.reply) control ??= message.reply;
      const kind = kindOf(message, subject);
      if (kind === 'end') {
        ended = true;
        return;
      }
      if (kind !== 'data') continue;
      yield message.data;
      consumed += message.data.length;
      if (consumed >= wordBytes) {
        say({ consumed });
        consumed = 0;
      }
    }
    if (signal?.aborted === true) return;
    throw life.silent()
      ? new StreamError('silent', `nothing was heard from the other end for ${(silentTicks * aliveMillis) / 1000} s`)
      : new StreamError('unreachable', 'the connection to NATS is closed');
  } finally {
    life.stop();
    signal?.removeEventListener('abort', onAbort);
    subscription.unsubscribe();
    if (!ended) say({ close: true });
  }
}

/** Throws StreamError for a message that ends the stream badly. */
function kindOf(message: Msg, subject: string): string {
  if (message.headers?.code === 503) throw new StreamError('unreachable', `nobody serves ${subject}`);
  const kind = message.headers?.get(kindHeader) ?? '';
  if (kind === '') return 'data';
  if (kind !== 'error') return kind;
  throw failureOf(message);
}

function failureOf(message: Msg): StreamError {
  try {
    const failure = streamFailure.parse(message.json());
    return new StreamError(failure.code, failure.message);
  } catch (error) {
    return new StreamError('invalid', 'the other end gave no reason that can be read', { cause: error });
  }
}

type Life = { heard(): void; silent(): boolean; stop(): void };

/** Speaks up regularly, and ends the stream once the server has been silent for too long. */
function watchOver(clock: Clock, speak: () => void, end: () => void): Life {
  let quiet = 0;
  let cancel = (): void => {};
  const tick = (): void => {
    cancel = clock.timer(aliveMillis, () => {
      quiet += 1;
      if (quiet >= silentTicks) {
        end();
        return;
      }
      speak();
      tick();
    });
  };
  tick();
  return {
    heard: () => {
      quiet = 0;
    },
    silent: () => quiet >= silentTicks,
    stop: () => cancel(),
  };
}
