/** The kernel's transport over NATS: "/node/pi-7/up" and type "beat" are the subject `bramble.node.pi-7.up.beat`. */

import { errors, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { AskError } from '../actor/ask.ts';
import type { Body, Delivery, ServeOptions, Transport } from '../actor/transport.ts';
import type { Millis } from '../actor/types.ts';
import { token, untoken } from './subjects.ts';

/** A path's segments as subject tokens; a parameter is a wildcard. */
function tokensOf(path: string): readonly string[] {
  const segments = path.split('/').slice(1);
  return ['bramble', ...segments.map((segment) => (parameterOf(segment) === undefined ? token(segment) : '*'))];
}

function parameterOf(segment: string): string | undefined {
  return /^\{(\w+)\}$/.exec(segment)?.[1];
}

/** Serves and reaches actors over one connection, which stays the caller's to close. */
export function natsTransport(nc: NatsConnection): Transport {
  const subject = (path: string, type: string): string => [...tokensOf(path), token(type)].join('.');
  const usable = (body: Body): void => {
    if (nc.isClosed()) throw new AskError('unreachable', 'the connection to NATS is closed');
    const limit = nc.info?.max_payload;
    if (limit !== undefined && body.length > limit) {
      throw new AskError('invalid', `the message has ${body.length} bytes; the NATS server takes ${limit}`);
    }
  };
  return {
    send(path, type, body) {
      usable(body);
      nc.publish(subject(path, type), body);
    },
    async request(path, type, body, within) {
      usable(body);
      return await request(nc, subject(path, type), body, within);
    },
    async serve(path, handler, options: ServeOptions = {}) {
      const subscription = nc.subscribe([...tokensOf(path), '*'].join('.'), {
        ...(options.queue === undefined ? {} : { queue: options.queue }),
        callback: (error, message) => {
          if (error === null) handler(delivery(path, message));
        },
      });
      await nc.flush();
      return () => subscription.unsubscribe();
    },
    onClosed(listener) {
      let listening = true;
      void nc.closed().then(() => {
        if (listening) listener();
      });
      return () => {
        listening = false;
      };
    },
  };
}

async function request(nc: NatsConnection, subject: string, body: Body, within: Millis): Promise<Body> {
  try {
    return (await nc.request(subject, body, { timeout: within })).data;
  } catch (error) {
    if (error instanceof errors.NoRespondersError)
      throw new AskError('stopped', `nobody serves ${subject}`, { cause: error });
    if (error instanceof errors.TimeoutError) {
      throw new AskError('timeout', `no answer from ${subject} within ${within} ms`, { cause: error });
    }
    if (error instanceof errors.RequestError && error.isNoResponders()) {
      throw new AskError('stopped', `nobody serves ${subject}`, { cause: error });
    }
    throw new AskError('unreachable', `${subject} could not be asked: ${String(error)}`, { cause: error });
  }
}

function delivery(served: string, message: Msg): Delivery {
  const segments = served.split('/').slice(1);
  const found = message.subject.split('.').slice(1);
  const params: Record<string, string> = {};
  const path = segments.map((segment, index) => {
    const name = parameterOf(segment);
    if (name === undefined) return segment;
    const value = untoken(found[index] ?? '-') ?? '';
    params[name] = value;
    return value;
  });
  return {
    type: found[segments.length] ?? '',
    body: message.data,
    path: `/${path.join('/')}`,
    params,
    ...(message.reply === undefined || message.reply === '' ? {} : { reply: (body: Body) => answer(message, body) }),
  };
}

/** An answer that cannot be sent becomes a refusal, or is lost with the connection: the asker's limit ends its wait. */
function answer(message: Msg, body: Body): void {
  try {
    message.respond(body);
  } catch (error) {
    if (error instanceof errors.ClosedConnectionError) return;
    message.respond(new TextEncoder().encode(JSON.stringify({ error: 'failed', message: String(error) })));
  }
}
