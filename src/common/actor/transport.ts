/**
 * How messages leave a process: the port, and what is written on the wire. A path and a type say where a message
 * goes; its body is the message's JSON without `type`, and nothing at all when the type says everything.
 *
 * A served path may have one parameter segment: "/node/{node}/up" serves "/node/pi-7/up" and every other node. The
 * segment that was found comes with the delivery, and overwrites the message's field of that name: what a sender
 * says about itself is what the transport's permissions let it say.
 */
import { type AskCode, AskError } from './ask.ts';
import type { Message, Millis } from './types.ts';

export type Body = Uint8Array;

export type Delivery = {
  readonly type: string;
  readonly body: Body;
  /** The path that the sender used. */
  readonly path: string;
  /** The parameter's name and value. */
  readonly params: Readonly<Record<string, string>>;
  /** Present when the sender waits for an answer. Never throws: what cannot be sent becomes a refusal or is lost. */
  readonly reply?: (body: Body) => void;
};

export type ServeOptions = {
  readonly queue?: string;
  /** Only these; other types of the path are somebody else's. All when absent. */
  readonly types?: readonly string[];
};

export interface Transport {
  /** At most once. Throws AskError 'unreachable' when the transport is closed, 'invalid' when the body is too large. */
  send(path: string, type: string, body: Body): void;
  /**
   * Resolves to the answer's body. Rejects with AskError: 'timeout'; 'stopped' at once when nobody serves the path;
   * 'unreachable' when the transport is closed; 'invalid' when the body is too large.
   */
  request(path: string, type: string, body: Body, within: Millis): Promise<Body>;
  /** Resolves once deliveries can come; the function that it gives ends them. */
  serve(path: string, handler: (delivery: Delivery) => void, options?: ServeOptions): Promise<() => void>;
  /** Calls the listener once, when the transport has closed for good; at once if it has. Returns how to stop listening. */
  onClosed(listener: () => void): () => void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const NOTHING = new Uint8Array(0);

export function encodeMessage({ type: _type, ...fields }: Message): Body {
  return Object.keys(fields).length === 0 ? NOTHING : encoder.encode(JSON.stringify(fields));
}

/** Throws SyntaxError or TypeError for what is no JSON object in UTF-8. */
export function decodeMessage(type: string, body: Body, params: Readonly<Record<string, string>>): unknown {
  const fields: unknown = body.length === 0 ? {} : JSON.parse(decoder.decode(body));
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new TypeError('the body: a JSON object is accepted');
  }
  return { ...fields, ...params, type };
}

export function encodeAnswer(answer: unknown): Body {
  return encoder.encode(JSON.stringify({ ok: answer }));
}

export function encodeRefusal(code: AskCode, message: string): Body {
  return encoder.encode(JSON.stringify({ error: code, message }));
}

const CODES: readonly string[] = [
  'timeout',
  'overloaded',
  'stopped',
  'failed',
  'unreachable',
  'invalid',
] satisfies AskCode[];

/** The answer in a reply's body. Throws the AskError that the other side sent, or 'invalid' for anything else. */
export function decodeAnswer(body: Body): unknown {
  let reply: unknown;
  try {
    reply = JSON.parse(decoder.decode(body));
  } catch (error) {
    throw new AskError('invalid', 'the answer is no JSON', { cause: error });
  }
  if (typeof reply !== 'object' || reply === null) throw new AskError('invalid', 'the answer is no JSON object');
  if ('error' in reply) {
    const message = 'message' in reply ? String(reply.message) : 'no reason given';
    throw new AskError(isCode(reply.error) ? reply.error : 'failed', message);
  }
  return 'ok' in reply ? reply.ok : undefined;
}

function isCode(code: unknown): code is AskCode {
  return typeof code === 'string' && CODES.includes(code);
}
