/**
 * SPDY/3.1's frames, as far as the streaming servers of container runtimes need them (all of them are moby/spdystream):
 * they keep to no window, reply to a stream with no headers, and open none themselves. So headers are only written: as
 * deflate's stored blocks, which every inflater reads without the protocol's dictionary.
 */

/** Why bytes are no frames. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError';
}

export type Frame =
  | { readonly type: 'data'; readonly stream: number; readonly bytes: Buffer; readonly fin: boolean }
  | { readonly type: 'reply'; readonly stream: number; readonly fin: boolean }
  | { readonly type: 'reset'; readonly stream: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'away' }
  /** What a client may pass over: settings, headers, window updates. */
  | { readonly type: 'other' };

const VERSION = 0x8003;
const FIN = 1;
const HEADER = 8;
/** The servers copy with buffers of 32 KiB; what is far beyond is no frame. */
const LONGEST = 1024 * 1024;
const TYPE = { synStream: 1, synReply: 2, reset: 3, ping: 6, away: 7 } as const;

/** The largest piece that is written as one frame. */
export const framePayload = 32 * 1024;

export function dataFrame(stream: number, bytes: Uint8Array, fin: boolean): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt32BE(stream, 0);
  head.writeUInt32BE(bytes.length, 4);
  head[4] = fin ? FIN : 0;
  return Buffer.concat([head, bytes]);
}

/** Opens a stream. `first`: whether it is the connection's first one, which begins the stream of compressed headers. */
export function openFrame(stream: number, headers: Readonly<Record<string, string>>, first: boolean): Buffer {
  const ids = Buffer.alloc(10); // with no associated stream, and of the highest priority
  ids.writeUInt32BE(stream, 0);
  return controlFrame(TYPE.synStream, Buffer.concat([ids, headerBlock(headers, first)]));
}

export function resetFrame(stream: number): Buffer {
  const cancel = 5;
  return controlFrame(TYPE.reset, uint32s(stream, cancel));
}

export function pingFrame(id: number): Buffer {
  return controlFrame(TYPE.ping, uint32s(id));
}

function controlFrame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt16BE(VERSION, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, payload]);
}

/** Pairs of name and value, in zlib's format: a stored block, and an empty one, at which inflaters give out all. */
function headerBlock(headers: Readonly<Record<string, string>>, first: boolean): Buffer {
  const pairs = Object.entries(headers);
  const texts = pairs.flatMap(([name, value]) => [sized(name.toLowerCase()), sized(value)]);
  const block = Buffer.concat([uint32s(pairs.length), ...texts]);
  const zlib = first ? Buffer.of(0x78, 0x01) : Buffer.alloc(0);
  return Buffer.concat([zlib, stored(block), stored(Buffer.alloc(0))]);
}

function sized(text: string): Buffer {
  return Buffer.concat([uint32s(Buffer.byteLength(text)), Buffer.from(text)]);
}

/** RFC 1951, section 3.2.4; not the last block. */
function stored(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(bytes.length, 1);
  head.writeUInt16LE(0xffff - bytes.length, 3);
  return Buffer.concat([head, bytes]);
}

function uint32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value, 4 * index);
  });
  return bytes;
}

/** Takes what comes, in any pieces, and gives the frames that are whole. Throws SpdyError. */
export function frameReader(): (bytes: Buffer) => readonly Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const frames: Frame[] = [];
    while (rest.length >= HEADER) {
      const length = rest.readUIntBE(5, 3);
      if (length > LONGEST) throw new SpdyError(`a frame of ${length} bytes`);
      if (rest.length < HEADER + length) break;
      frames.push(frameOf(rest.subarray(0, HEADER), rest.subarray(HEADER, HEADER + length)));
      rest = rest.subarray(HEADER + length);
    }
    return frames;
  };
}

function frameOf(head: Buffer, payload: Buffer): Frame {
  const word = head.readUInt32BE(0);
  const fin = ((head[4] ?? 0) & FIN) !== 0;
  if (word < 0x80000000) return { type: 'data', stream: word, bytes: payload, fin };
  if (word >>> 16 !== VERSION) throw new SpdyError(`version ${(word >>> 16) & 0x7fff} where 3 is spoken`);
  switch (word & 0xffff) {
    case TYPE.synReply:
      return { type: 'reply', stream: idIn(payload, 4), fin };
    case TYPE.reset:
      return { type: 'reset', stream: idIn(payload, 8), status: payload.readUInt32BE(4) };
    case TYPE.ping:
      return { type: 'ping', id: idIn(payload, 4) };
    case TYPE.away:
      return { type: 'away' };
    default:
      return { type: 'other' };
  }
}

function idIn(payload: Buffer, atLeast: number): number {
  if (payload.length < atLeast) throw new SpdyError(`a control frame of ${payload.length} bytes`);
  return payload.readUInt32BE(0);
}
