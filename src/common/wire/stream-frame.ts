/** A frame of a stream (stream.ts) as bytes. */

import { type FrameKind, frameKinds, StreamError } from './stream.ts';

const HEAD = 5;
const NUMBERS = 2 ** 32;

export type StreamFrame = { readonly kind: FrameKind; readonly body: Uint8Array };

/** Numbers the frames of one direction as they are sent. */
export function frameWriter(): (kind: FrameKind, body: Uint8Array) => Uint8Array {
  let next = 0;
  return (kind, body) => {
    const frame = Buffer.allocUnsafe(HEAD + body.length);
    frame[0] = frameKinds.indexOf(kind);
    frame.writeUInt32BE(next, 1);
    frame.set(body, HEAD);
    next = (next + 1) % NUMBERS;
    return frame;
  };
}

/** Reads the frames of one direction. Throws StreamError `lost` for one that is not the next, `invalid` for none at all. */
export function frameParser(): (bytes: Uint8Array) => StreamFrame {
  let next = 0;
  return (bytes) => {
    const kind = frameKinds[bytes[0] ?? frameKinds.length];
    if (bytes.length < HEAD || kind === undefined) throw new StreamError('invalid', 'what was heard is no frame');
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    if (number !== next) throw new StreamError('lost', 'a part was lost on the way: the connection was interrupted');
    next = (next + 1) % NUMBERS;
    return { kind, body: bytes.subarray(HEAD) };
  };
}

/** The JSON of a frame's body. Throws StreamError `invalid`. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch (error) {
    throw new StreamError('invalid', 'what was heard is no JSON', { cause: error });
  }
}

export function jsonBody(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value ?? null));
}
