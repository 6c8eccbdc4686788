/**
 * Protocol Buffers (proto3), as far as the CRI needs them: a message is declared once as a table of fields and gives
 * the TypeScript type, the encoder and the decoder. Unknown fields are skipped, absent ones read as proto3's defaults.
 */

/** What stands behind a field's tag: a varint (wire type 0) or bytes (wire type 2). */
type Payload = bigint | Buffer;

/** One kind of value and how it stands on the wire: `T` is what is read, `W` what may be written. */
export type Kind<T, W = T> = {
  readonly wire: 0 | 2;
  /** What an absent field reads as. */
  initial(): T;
  /** The payloads of the field: none for a default value, several for a repeated one. */
  encode(value: W): readonly Payload[];
  /** The value after one more payload of the field. */
  decode(payload: Payload, before: T): T;
};
type Fields = Readonly<Record<string, readonly [number: number, kind: Kind<unknown>]>>;
type Shape<F> = { -readonly [K in keyof F]: F[K] extends readonly [number, Kind<infer T, infer _>] ? T : never };
type Input<F> = {
  readonly [K in keyof F]?: F[K] extends readonly [number, Kind<infer _, infer W>] ? W | undefined : never;
};
/** A message: `encode` takes the fields that are not default, `decode` gives all of them. */
export type Codec<T, W> = {
  encode(value: W): Buffer;
  /** Throws ProtobufError when the bytes are no such message. */
  decode(bytes: Buffer): T;
};
export type MessageOf<C> = C extends Codec<infer T, infer _> ? T : never;
export type InputOf<C> = C extends Codec<infer _, infer W> ? W : never;

export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

function varintOf(payload: Payload): bigint {
  if (typeof payload === 'bigint') return payload;
  throw new ProtobufError('bytes where a number was expected');
}
function bytesOf(payload: Payload): Buffer {
  if (typeof payload !== 'bigint') return payload;
  throw new ProtobufError('a number where bytes were expected');
}

export const string: Kind<string> = {
  wire: 2,
  initial: () => '',
  encode: (value) => (value === '' ? [] : [Buffer.from(value)]),
  decode: (payload) => bytesOf(payload).toString(),
};
/** What is read is a view of the message, not a copy. */
export const bytes: Kind<Buffer> = {
  wire: 2,
  initial: () => Buffer.alloc(0),
  encode: (value) => (value.length === 0 ? [] : [value]),
  decode: (payload) => bytesOf(payload),
};
export const bool: Kind<boolean> = {
  wire: 0,
  initial: () => false,
  encode: (value) => (value ? [1n] : []),
  decode: (payload) => varintOf(payload) !== 0n,
};
/** int32, int64, uint32, uint64 and enums, as far as a number holds them exactly. */
export const int: Kind<number> = {
  wire: 0,
  initial: () => 0,
  encode: (value) => (value === 0 ? [] : [BigInt.asUintN(64, BigInt(value))]),
  decode: (payload) => Number(BigInt.asIntN(64, varintOf(payload))),
};
/** An int64 of nanoseconds, as milliseconds: nanoseconds since 1970 do not fit a number. Only read. */
export const nanosAsMillis: Kind<number> = {
  ...int,
  decode: (payload) => Number(BigInt.asIntN(64, varintOf(payload)) / 1_000_000n),
};
export const stringMap: Kind<Readonly<Record<string, string>>> = {
  wire: 2,
  initial: () => ({}),
  encode: (value) => Object.entries(value).map(([key, text]) => ENTRY.encode({ key, value: text })),
  decode: (payload, before) => {
    const { key, value } = ENTRY.decode(bytesOf(payload));
    return { ...before, [key]: value };
  },
};
const ENTRY = message({ key: [1, string], value: [2, string] });

export function repeated<T, W>(kind: Kind<T, W>): Kind<readonly T[], readonly W[]> {
  return {
    wire: kind.wire,
    initial: () => [],
    // An element that is a default value stands there all the same.
    encode: (values) => values.flatMap((value) => [kind.encode(value)[0] ?? (kind.wire === 0 ? 0n : Buffer.alloc(0))]),
    decode: (payload, before) =>
      kind.wire === 0 && typeof payload !== 'bigint'
        ? [...before, ...unpacked(payload).map((each) => kind.decode(each, kind.initial()))]
        : [...before, kind.decode(payload, kind.initial())],
  };
}

/** A message inside another: undefined when it is absent. */
export function nested<T, W>(codec: Codec<T, W>): Kind<T | undefined, W | undefined> {
  return {
    wire: 2,
    initial: () => undefined,
    encode: (value) => (value === undefined ? [] : [codec.encode(value)]),
    decode: (payload) => codec.decode(bytesOf(payload)),
  };
}

/** A list of messages. */
export function list<T, W>(codec: Codec<T, W>): Kind<readonly T[], readonly W[]> {
  return {
    wire: 2,
    initial: () => [],
    encode: (values) => values.map((value) => codec.encode(value)),
    decode: (payload, before) => [...before, codec.decode(bytesOf(payload))],
  };
}

/** Declares a message by its fields' names, numbers and kinds. */
export function message<const F extends Fields>(fields: F): Codec<Shape<F>, Input<F>> {
  const entries = Object.entries(fields).map(([name, [number, kind]]) => ({ name, number, kind }));
  const byNumber = new Map(entries.map((entry) => [entry.number, entry]));
  return {
    encode: (value) => {
      const given = new Map(Object.entries(value));
      const chunks: Buffer[] = [];
      for (const { name, number, kind } of entries) {
        if (given.get(name) === undefined) continue;
        for (const payload of kind.encode(given.get(name))) writeField(chunks, number, payload);
      }
      return Buffer.concat(chunks);
    },
    decode: (bytes) => {
      const result: Record<string, unknown> = {};
      for (const { name, kind } of entries) result[name] = kind.initial();
      const cursor = { bytes, at: 0 };
      while (cursor.at < bytes.length) {
        const tag = Number(readVarint(cursor));
        const payload = readPayload(cursor, tag % 8);
        const entry = byNumber.get(Math.floor(tag / 8));
        if (entry !== undefined && payload !== undefined) {
          result[entry.name] = entry.kind.decode(payload, result[entry.name]);
        }
      }
      return result as Shape<F>;
    },
  };
}

function writeField(chunks: Buffer[], number: number, payload: Payload): void {
  if (typeof payload === 'bigint') {
    chunks.push(varint(BigInt(number * 8)), varint(payload));
  } else {
    chunks.push(varint(BigInt(number * 8 + 2)), varint(BigInt(payload.length)), payload);
  }
}

function varint(value: bigint): Buffer {
  if (value < 128n) return Buffer.of(Number(value));
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

type Cursor = { readonly bytes: Buffer; at: number };

/** Undefined for the types of wire that no declared field has: fixed64 and fixed32. */
function readPayload(cursor: Cursor, wire: number): Payload | undefined {
  switch (wire) {
    case 0:
      return BigInt(readVarint(cursor));
    case 2:
      return take(cursor, Number(readVarint(cursor)));
    case 1:
      take(cursor, 8);
      return undefined;
    case 5:
      take(cursor, 4);
      return undefined;
    default:
      throw new ProtobufError(`unknown wire type ${wire} at byte ${cursor.at}`);
  }
}

function take(cursor: Cursor, length: number): Buffer {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) {
    throw new ProtobufError(`cut short: ${length} bytes expected at byte ${cursor.at} of ${cursor.bytes.length}`);
  }
  const taken = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}

/** A number as long as it holds the value exactly: tags and lengths, of which there are many, are small. */
function readVarint(cursor: Cursor): number | bigint {
  let low = 0;
  let value = 0n;
  for (let index = 0; index < 10; index += 1) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) throw new ProtobufError(`cut short inside a number at byte ${cursor.at}`);
    cursor.at += 1;
    // Four bytes fit 32-bit arithmetic, and nearly all numbers end there.
    if (index < 4) low += (byte & 127) * 128 ** index;
    else value |= BigInt(byte & 127) << BigInt(7 * index);
    if (byte < 128) return index < 4 ? low : value | BigInt(low);
  }
  throw new ProtobufError(`a number of more than ten bytes at byte ${cursor.at}`);
}

function unpacked(bytes: Buffer): bigint[] {
  const cursor = { bytes, at: 0 };
  const numbers: bigint[] = [];
  while (cursor.at < bytes.length) numbers.push(BigInt(readVarint(cursor)));
  return numbers;
}
