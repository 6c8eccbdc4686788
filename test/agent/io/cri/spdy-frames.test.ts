import { constants, inflateSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import {
  dataFrame,
  type Frame,
  frameReader,
  openFrame,
  pingFrame,
  resetFrame,
  SpdyError,
} from '../../../../src/agent/io/cri/spdy-frames.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

test('frames are the bytes that SPDY/3.1 says', (t) => {
  t.deepEqual(dataFrame(5, Buffer.from('hi'), false), hex('00000005 00 000002 6869'));
  t.deepEqual(dataFrame(3, Buffer.alloc(0), true), hex('00000003 01 000000'));
  t.deepEqual(resetFrame(7), hex('80030003 00 000008 00000007 00000005'));
  t.deepEqual(pingFrame(2), hex('80030006 00 000004 00000002'));
});

test('the headers of a connection are one stream of zlib, which each block gives out whole', (t) => {
  const frames = [
    openFrame(1, { streamType: 'error' }, true),
    openFrame(3, { streamType: 'stdin', port: '80' }, false),
  ];
  for (const [index, frame] of frames.entries()) {
    t.deepEqual(frame.subarray(0, 4), hex('80030001'));
    t.is(frame.readUIntBE(5, 3), frame.length - 8);
    t.is(frame.readUInt32BE(8), 1 + 2 * index);
  }
  // As an inflater reads them that gets one after the other.
  const inflate = (count: number): Buffer => {
    const blocks = Buffer.concat(frames.slice(0, count).map((frame) => frame.subarray(18)));
    return inflateSync(blocks, { finishFlush: constants.Z_SYNC_FLUSH });
  };
  const first = hex('00000001 0000000a 73747265616d74797065 00000005 6572726f72');
  const second = hex('00000002 0000000a 73747265616d74797065 00000005 737464696e 00000004 706f7274 00000002 3830');
  t.deepEqual(inflate(1), first);
  t.deepEqual(inflate(2), Buffer.concat([first, second]));
});

test('what containerd 1.6 said when `echo out; echo err >&2` had run is read as it was meant', (t) => {
  const recorded = hex(`
    80030002000000140000000178f9e3c6a7c26260606000000000ffff
    800300020000000c00000003026100000000ffff
    800300020000000c00000005026100000000ffff
    00000003000000046f75740a0000000301000000
    00000005000000046572720a0000000501000000
    00000001000000227b226d65746164617461223a7b7d2c22737461747573223a2253756363657373227d
    8003000300000008000000010000000580030007000000080000000500000000`);
  const data = (stream: number, text: string) => ({ type: 'data', stream, bytes: Buffer.from(text), fin: text === '' });
  t.deepEqual<readonly object[], readonly object[]>(frameReader()(recorded), [
    ...[1, 3, 5].map((stream) => ({ type: 'reply', stream, fin: false })),
    ...[data(3, 'out\n'), data(3, ''), data(5, 'err\n'), data(5, '')],
    data(1, '{"metadata":{},"status":"Success"}'),
    { type: 'reset', stream: 1, status: 5 },
    { type: 'away' },
  ]);
});

test('frames are whole and in order in whatever pieces they come', (t) => {
  const frame = fc.record({ stream: fc.integer({ min: 1, max: 2 ** 31 - 1 }), text: fc.string(), fin: fc.boolean() });
  fc.assert(
    fc.property(fc.array(frame), fc.integer({ min: 1, max: 50 }), (frames, size) => {
      const bytes = Buffer.concat(frames.map(({ stream, text, fin }) => dataFrame(stream, Buffer.from(text), fin)));
      const read = frameReader();
      const found: Frame[] = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...read(bytes.subarray(at, at + size)));
      const told = found.map((one) => one.type === 'data' && { ...one, bytes: one.bytes.toString() });
      t.deepEqual(
        told,
        frames.map(({ stream, text, fin }) => ({ type: 'data' as const, stream, bytes: text, fin })),
      );
    }),
  );
});

test('what is no SPDY/3.1 is refused, whatever it is', (t) => {
  t.throws(() => frameReader()(hex('80020001 00 000004 00000001')), { instanceOf: SpdyError, message: /version 2/ });
  t.throws(() => frameReader()(hex('00000001 00 ffffff')), { instanceOf: SpdyError, message: /16777215/ });
  t.throws(() => frameReader()(hex('80030003 00 000002 0000')), { instanceOf: SpdyError });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        frameReader()(Buffer.from(bytes));
      } catch (error) {
        return error instanceof SpdyError;
      }
      return true;
    }),
  );
});
