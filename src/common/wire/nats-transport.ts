/** The kernel's transport over NATS: "/node/pi-7/up" and type "beat" are the subject `bramble.node.pi-7.up.beat`. */

import { errors, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { AskError } from '../actor/ask.ts';
import { type Body, type Delivery, encodeRefusal, type ServeOptions, type Transport } from '../actor/transport.ts';
import type { Millis } from '../actor/types.ts';
import { token, untoken } from './subjects.ts';

/** What may stand in a subject's token once dots are `_`: nothing that NATS gives a meaning to. */
const plain = /^[A-Za-z0-9_:-]+$/;

/** A path's segments as subject tokens. Throws RangeError for what has no token; a parameter is a wildcard if allowed. */
function tokensOf(path: string, parameters: boolean): readonly string[] {
  const tokens = path
    .split('/')
    .slice(1)
    .map((segment) => (parameters && parameterOf(segment) !== undefined ? '*' : plainToken(segment, path)));
  if (tokens.length === 0) throw new RangeError(`path: ${JSON.stringify(path)} found, "/node/pi-7/up" is such a one`);
  if (tokens.filter((found) => found === '*').length > 1) throw new RangeError(`path: ${path} has two parameters`);
  return ['bramble', ...tokens];
}

function plainToken(name: string, where: string): string {
  const text = token(name);
  if (name === '' || !plain.test(text)) {
    throw new RangeError(`${where}: ${JSON.stringify(name)} found, letters, digits and . - _ : are accepted`);
  }
  return text;
}

function parameterOf(segment: string): string | undefined {
  return /^\{(\w+)\}$/.exec(segment)?.[1];
}

function subjectOf(path: string, type: string): string {
  return [...tokensOf(path, false), plainToken(type, 'message type')].join('.');
}

/** Serves and reaches actors over one connection, which stays the caller's to close. */
export function natsTransport(nc: NatsConnection): Transport {
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
      nc.publish(subjectOf(path, type), body);
    },
    async request(path, type, body, within) {
      usable(body);
      return await request(nc, subjectOf(path, type), body, within);
    },
    async serve(path, handler, options: ServeOptions = {}) {
      let refused: Error | undefined;
      const { queue, types = ['*'] } = options;
      const subscriptions = types.map((type) =>
        nc.subscribe([...tokensOf(path, true), type === '*' ? type : token(type)].join('.'), {
          ...(queue === undefined ? {} : { queue }),
          callback: (error, message) => {
            if (error === null) handler(delivery(nc, path, message));
            else refused = error;
          },
        }),
      );
      // The server's word on the subscription comes before its answer to the flush.
      await nc.flush();
      if (refused !== undefined) throw refused;
      return () => {
        for (const subscription of subscriptions) subscription.unsubscribe();
      };
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
    const nobody = error instanceof errors.RequestError && error.isNoResponders();
    if (nobody || error instanceof errors.NoRespondersError) {
      throw new AskError('stopped', `nobody serves ${subject}`, { cause: error });
    }
    if (error instanceof errors.TimeoutError) {
      throw new AskError('timeout', `no answer from ${subject} within ${within} ms`, { cause: error });
    }
    throw new AskError('unreachable', `${subject} could not be asked: ${String(error)}`, { cause: error });
  }
}

function delivery(nc: NatsConnection, served: string, message: Msg): Delivery {
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
    type: untoken(found[segments.length] ?? '-') ?? '',
    body: message.data,
    path: `/${path.join('/')}`,
    params,
    ...(message.reply === undefined || message.reply === ''
      ? {}
      : { reply: (body: Body) => answer(nc, message, body) }),
  };
}

/** An answer that is too large becomes a refusal; one without a connection is lost, and the asker's limit ends its wait. */
function answer(nc: NatsConnection, message: Msg, body: Body): void {
  if (nc.isClosed() || nc.isDraining()) return;
  const limit = nc.info?.max_payload ?? body.length;
  if (body.length <= limit) message.respond(body);
  else message.respond(encodeRefusal('invalid', `the answer has ${body.length} bytes; the NATS server takes ${limit}`));
}
