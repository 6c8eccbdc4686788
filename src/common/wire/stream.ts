/**
 * Streams between a client and a server over NATS, in both directions and with flow control: logs, exec, attach,
 * port-forward.
 *
 * The client asks on a subject with an inbox; the server answers into it, and each of its messages carries the subject on
 * which it hears the client. A message is a frame: its kind (1 byte), its number in its direction (4 bytes, big endian,
 * from 0 and over), its body. NATS delivers at most once: a number that is missing ends the stream with `lost`, so what
 * arrives is whole and in order. Neither end has more on the way than the other has made room for. Both speak up every
 * `aliveMillis`, so either notices after `silentTicks` of them that the other is gone. Ticks are counted, not times
 * compared: the clock may jump.
 */

import * as z from 'zod';

/** Bytes that may be on the way to an end without its word, with `frameCost` for each frame. */
export const windowBytes = 256 * 1024;
/** What a frame costs of the window beside its body, so that small ones are bounded too. */
export const frameCost = 64;
/** The largest body that is sent at once, where the NATS server takes it. */
export const chunkBytes = 32 * 1024;
/** How often an end that has nothing to say says so. */
export const aliveMillis = 5_000;
/** How many of those pass without a word until an end gives the other up. */
export const silentTicks = 3;
/** An end says what it took once it is this much: often enough to keep the window open. */
export const creditBytes = windowBytes / 4;

/** What a frame is. `out` and `err` carry bytes, `word` JSON, `fin` ends these; the server's `end` carries its result. */
export const frameKinds = ['out', 'err', 'word', 'fin', 'open', 'alive', 'credit', 'end', 'error', 'close'] as const;
export type FrameKind = (typeof frameKinds)[number];

/** Of the two streams that a process has. One that is alone is `out`. */
export type Channel = 'out' | 'err';

/** Why a server ended the stream. */
export const streamFailure = z.object({ code: z.string().max(64), message: z.string().max(4096) });

/** One thing that the other end has sent: bytes, or a word (JSON that the request's protocol knows). */
export type Piece =
  | { readonly channel: Channel; readonly bytes: Uint8Array }
  | { readonly channel: 'word'; readonly word: unknown };

/** One end of an open stream. */
export interface StreamEnd {
  /** Resolves once all of it could be sent within the window; rejects with StreamError when the other end is gone. */
  write(bytes: Uint8Array, channel?: Channel): Promise<void>;
  /** Sends a word, in order with the bytes. At most `chunkBytes` of JSON. Rejects as `write`. */
  say(word: unknown): Promise<void>;
  /** No more comes from here; what comes from the other end goes on. */
  finish(): void;
  /** What the other end sends, until it has finished; to be called once. What is not taken is not sent. Throws StreamError. */
  receive(): AsyncGenerator<Piece, void, undefined>;
}

/**
 * - `unreachable`: nobody serves the subject, or the connection is closed
 * - `silent`: the other end has not been heard for `silentTicks` times `aliveMillis`
 * - `lost`: something between the ends lost a part
 * - `closed`: the other end is done, or gone
 * - `invalid`: the other end says what no end of a stream says, or the request is not one
 * - `overloaded`: the server has as many streams as it takes
 * - `failed`: the handler failed
 * - any other code: the server's own, with its words
 */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
