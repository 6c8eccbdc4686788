import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createRuntimeStreams } from '../../../../src/agent/io/cri/runtime-streams.ts';
import { dataFrame, pingFrame, resetFrame } from '../../../../src/agent/io/cri/spdy-frames.ts';
import { RuntimeStreamsError } from '../../../../src/agent/ports/runtime-streams.ts';

const streams = createRuntimeStreams();
const plain = { stdin: true, tty: false };
const [ERROR, STDIN, STDOUT, STDERR] = [1, 3, 5, 7];

/** A runtime's streaming server that says yes to every stream; `then` plays on once all four are open. */
async function runtime(t: ExecutionContext, then: (socket: Duplex, heard: () => Buffer) => void): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(404).end('no such token'));
  server.on('upgrade', (request, socket) => {
    t.is(request.headers['x-stream-protocol-version'], 'v4.channel.k8s.io');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
    let all = Buffer.alloc(0);
    let opened = 0;
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      all = Buffer.concat([all, bytes]);
      for (; opened < 4 && all.includes(opening(1 + 2 * opened)); opened += 1) {
        socket.write(reply(1 + 2 * opened));
        if (opened === 3) then(socket, () => all);
      }
    });
    t.teardown(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec/token`;
}

function opening(stream: number): Buffer {
  const id = Buffer.alloc(10);
  id.writeUInt32BE(stream);
  return id;
}
function reply(stream: number): Buffer {
  const frame = Buffer.from('800300020000000400000000', 'hex');
  frame.writeUInt32BE(stream, 8);
  return frame;
}
const say = (stream: number, text: string, fin = false) => dataFrame(stream, Buffer.from(text), fin);

async function text(from: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of from ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

const failed = (reason: string, causes: readonly object[], message = 'it failed') =>
  JSON.stringify({ status: 'Failure', reason, message, details: { causes } });

test('how a process ended is read from what the runtime says', async (t) => {
  const ends: readonly (readonly [said: string, end: object])[] = [
    ['{"metadata":{},"status":"Success"}', { exitCode: 0 }],
    [failed('NonZeroExitCode', [{ reason: 'ExitCode', message: '137' }]), { exitCode: 137 }],
    [failed('NonZeroExitCode', [{ reason: 'ExitCode', message: 'many' }]), { error: 'it failed' }],
    [failed('InternalError', []), { error: 'it failed' }],
    ['plain words', { error: 'plain words' }],
    ['', { error: 'the runtime does not say how it ended' }],
  ];
  for (const [said, end] of ends) {
    const url = await runtime(t, (socket) => {
      socket.write(Buffer.concat([say(STDOUT, 'out', true), say(STDERR, '', true), say(ERROR, said, true)]));
    });
    const run = await streams.process(url, plain);
    t.deepEqual([await text(run.stdout), await text(run.stderr)], ['out', '']);
    t.deepEqual(await run.end, end);
    run.close();
  }
});

test('streams that the server does not end are over with the process, and those that it resets are too', async (t) => {
  const url = await runtime(t, (socket) => {
    socket.write(Buffer.concat([say(STDOUT, 'all'), resetFrame(STDERR), say(ERROR, '{"status":"Success"}')]));
  });
  const run = await streams.process(url, plain);
  t.deepEqual([await text(run.stdout), await text(run.stderr)], ['all', '']);
  t.deepEqual(await run.end, { exitCode: 0 });
  run.close();
});

test('input reaches the server in frames, with its end, and a ping is answered', async (t) => {
  let heard = (): Buffer => Buffer.alloc(0);
  const url = await runtime(t, (socket, all) => {
    heard = all;
    socket.write(pingFrame(2));
  });
  const run = await streams.process(url, plain);
  await run.stdin?.write(Buffer.alloc(40_000, 'x'));
  run.stdin?.end();
  const end = dataFrame(STDIN, Buffer.alloc(0), true);
  while (!heard().includes(end)) await turn();
  t.true(heard().includes(dataFrame(STDIN, Buffer.alloc(32_768, 'x'), false)));
  t.true(heard().includes(dataFrame(STDIN, Buffer.alloc(40_000 - 32_768, 'x'), false)));
  t.true(heard().includes(pingFrame(2)));
  await t.throwsAsync(run.stdin?.write(Buffer.from('late')) ?? Promise.resolve(), { instanceOf: RuntimeStreamsError });
  run.close();
});

test('a reader that does not read holds the server back', async (t) => {
  let written = 0;
  let waiting = false;
  const url = await runtime(t, (socket) => {
    const more = (): void => {
      while (written < 200_000_000) {
        written += 32_000;
        if (socket.write(say(STDOUT, 'x'.repeat(32_000)))) continue;
        waiting = true;
        socket.once('drain', () => {
          waiting = false;
          more();
        });
        return;
      }
    };
    more();
  });
  const run = await streams.process(url, plain);
  let before = -1;
  while (!waiting || before !== written) {
    before = written;
    for (let round = 0; round < 50; round += 1) await turn();
  }
  t.true(written < 50_000_000, `${written} bytes are on the way`);
  run.close();
});

test('a connection that breaks, or speaks otherwise, ends all of its streams with an error', async (t) => {
  const cut = await runtime(t, (socket) => {
    socket.write(say(STDOUT, 'half'));
    socket.end();
  });
  const first = await streams.process(cut, plain);
  await t.throwsAsync(text(first.stdout), { instanceOf: RuntimeStreamsError, code: 'broken' });
  await t.throwsAsync(first.end, { instanceOf: RuntimeStreamsError, code: 'broken' });
  const other = await runtime(t, (socket) => void socket.write(Buffer.alloc(100, 0xff)));
  const second = streams.process(other, plain).then((run) => run.end);
  await t.throwsAsync(second, { instanceOf: RuntimeStreamsError, code: 'broken', message: /no SPDY\/3\.1/ });
});

test('an address that serves no streams is told in words', async (t) => {
  const url = await runtime(t, () => {});
  const server = createServer((_request, response) => response.writeHead(404).end('no such token'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const opening = (address: string) => streams.process(address, plain);
  await t.throwsAsync(opening(`http://127.0.0.1:${port}/x`), { code: 'refused', message: '404: no such token' });
  await t.throwsAsync(opening('http://127.0.0.1:1/x'), { code: 'unreachable', message: /127\.0\.0\.1:1/ });
  await t.throwsAsync(opening(url.replace('http:', 'https:')), { code: 'refused', message: /TLS/ });
  await t.throwsAsync(opening('nowhere'), { instanceOf: RuntimeStreamsError, code: 'refused' });
});
