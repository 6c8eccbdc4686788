/**
 * A stream of bytes from a server to a client over NATS, with flow control: logs now, other sessions later.
 *
 * The client asks on a subject with an inbox; the server answers into it. Data are bare messages; everything else is
 * named by a header. Each message of the server carries the subject on which it hears the client: how many bytes
 * were consumed, that it still lives, that it is done. Both ends speak up every `aliveMillis`, so either notices
 * after `silentTicks` of them that the other is gone. Ticks are counted, not times compared: the wall clock may jump.
 */

import * as z from 'zod';

/** Names what a message of the server is, when it is not data: `open`, `alive`, `end`, `error`. */
export const kindHeader = 'Bramble-Stream';
/** Bytes that may be on the way to a client without its word. */
export const windowBytes = 256 * 1024;
/** The largest piece that is sent at once. */
export const chunkBytes = 32 * 1024;
/** How often an end that has nothing to say says so. */
export const aliveMillis = 5_000;
/** How many of those pass without a word until an end gives the other up. */
export const silentTicks = 3;
/** A client says what it consumed once it is this much: often enough to keep the window open. */
export const wordBytes = windowBytes / 4;

/** What a client says: bytes consumed since its last word, or that it is done. */
export const clientWord = z.object({ consumed: z.number().int().min(0).optional(), close: z.literal(true).optional() });
/** Why a server ended the stream. */
export const streamFailure = z.object({ code: z.string().max(64), message: z.string().max(4096) });

/**
 * - `unreachable`: nobody serves the subject, or the connection is closed
 * - `silent`: the other end has not been heard for `silentTicks` times `aliveMillis`
 * - `closed`: the client is done, or gone
 * - `invalid`: the other end says what no end of a stream says
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
