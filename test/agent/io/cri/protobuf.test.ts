import test from 'ava';
import fc from 'fast-check';
import {
  bool,
  int,
  list,
  message,
  nanosAsMillis,
  nested,
  ProtobufError,
  repeated,
  string,
  stringMap,
} from '../../../../src/agent/io/cri/protobuf.ts';

const inner = message({ name: [1, string], size: [19, int] });
const outer = message({
  text: [1, string],
  flag: [2, bool],
  number: [3, int],
  words: [4, repeated(string)],
  numbers: [5, repeated(int)],
  map: [6, stringMap],
  one: [7, nested(inner)],
  many: [2000, list(inner)],
});
const innerValue = fc.record(
  { name: fc.string({ unit: 'binary' }), size: fc.maxSafeInteger() },
  { noNullPrototype: true },
);
const outerValue = fc.record(
  {
    text: fc.string({ unit: 'binary' }),
    flag: fc.boolean(),
    number: fc.maxSafeInteger(),
    words: fc.array(fc.string()),
    numbers: fc.array(fc.maxSafeInteger()),
    map: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
    one: fc.option(innerValue, { nil: undefined }),
    many: fc.array(innerValue),
  },
  { noNullPrototype: true },
);

test('what is encoded is decoded to the same', (t) => {
  fc.assert(fc.property(outerValue, (value) => t.deepEqual(outer.decode(outer.encode(value)), value)));
});

test('the bytes are those of the specification', (t) => {
  t.is(outer.encode({ text: 'testing' }).toString('hex'), '0a0774657374696e67');
  t.is(outer.encode({ number: 150 }).toString('hex'), '189601');
  t.is(outer.encode({ number: -1 }).toString('hex'), '18ffffffffffffffffff01');
  t.is(outer.encode({ one: {} }).toString('hex'), '3a00');
});

test('default values are not written and read as defaults', (t) => {
  t.is(outer.encode({ text: '', flag: false, number: 0, words: [], map: {} }).length, 0);
  const nothing = { text: '', flag: false, number: 0, words: [], numbers: [], map: {}, one: undefined, many: [] };
  t.deepEqual(outer.decode(Buffer.alloc(0)), nothing);
});

test('fields that are not declared are skipped, of every wire type', (t) => {
  const more = message({ other: [9, string], count: [10, int], text: [1, string] });
  const bytes = Buffer.concat([
    Buffer.from('590102030405060708', 'hex'), // fixed64, field 11
    Buffer.from('6501020304', 'hex'), // fixed32, field 12
    more.encode({ other: 'unknown', count: 7, text: 'known' }),
  ]);
  t.is(outer.decode(bytes).text, 'known');
});

test('packed numbers are read as well', (t) => {
  t.deepEqual(outer.decode(Buffer.from('2a0403960103', 'hex')).numbers, [3, 150, 3]);
});

test('nanoseconds since 1970 are read as milliseconds', (t) => {
  const nanos = message({ at: [3, int] });
  const millis = message({ at: [3, nanosAsMillis] });
  t.is(millis.decode(nanos.encode({ at: 1_795_240_027_610_500_000 })).at, 1_795_240_027_610);
});

test('bytes that are no message are refused, never read beyond their end', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        outer.decode(Buffer.from(bytes));
      } catch (error) {
        t.true(error instanceof ProtobufError);
      }
    }),
  );
  t.throws(() => outer.decode(Buffer.from('0a0774', 'hex')), { instanceOf: ProtobufError, message: /cut short/ });
});
