import { setImmediate as turn } from 'node:timers/promises';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { realClock } from '../../../src/common/actor/clock.ts';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import type { Clock } from '../../../src/common/actor/types.ts';
import { connectNats } from '../../../src/common/wire/connect.ts';
import { type ClientStream, openStream } from '../../../src/common/wire/open-stream.ts';
import { type StreamHandler, serveStream } from '../../../src/common/wire/serve-stream.ts';
import {
  aliveMillis,
  type Channel,
  chunkBytes,
  type StreamEnd,
  StreamError,
  silentTicks,
  windowBytes,
} from '../../../src/common/wire/stream.ts';
import { startNatsServer } from '../../support/nats-server.ts';

type Rig = { client: NatsConnection; server: NatsConnection };

async function start(t: ExecutionContext, config = ''): Promise<Rig> {
  const nats = await startNatsServer({ jetstream: false, config });
  t.teardown(() => nats.stop());
  const connect = async (name: string): Promise<NatsConnection> => {
    const nc = await connectNats({ servers: nats.url, name, lifetime: 'short' });
    t.teardown(() => nc.close());
    return nc;
  };
  return { client: await connect('client'), server: await connect('server') };
}

/** A server learns of a closed connection a moment later than the one who closed it. */
async function untilNobodyHears(nc: NatsConnection, subject: string): Promise<void> {
  for (;;) {
    try {
      await nc.request(subject, '', { timeout: 20 });
    } catch (error) {
      if (error instanceof errors.NoRespondersError) return;
      if (error instanceof errors.RequestError && error.isNoResponders()) return;
    }
  }
}

async function serve({ server }: Rig, handler: StreamHandler, clock: Clock = realClock): Promise<() => void> {
  const end = serveStream(server, 'bramble.test', { clock, limit: 40 }, handler);
  await server.flush();
  return end;
}

const open = ({ client }: Rig, request: unknown = {}, clock: Clock = realClock): ClientStream =>
  openStream(client, 'bramble.test', request, { clock });

async function text(end: Pick<StreamEnd, 'receive'>, channel: Channel = 'out'): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const piece of end.receive()) if (piece.channel === channel) chunks.push(piece.bytes);
  return Buffer.concat(chunks).toString();
}

/** Says hello, and then waits for its end. */
const greet: StreamHandler = async (_request, end, signal) => {
  await end.write(Buffer.from('hello'));
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
};

async function first(stream: ClientStream): Promise<{ pieces: ReturnType<ClientStream['receive']>; said: string }> {
  const pieces = stream.receive();
  const { value } = await pieces.next();
  return { pieces, said: value && value.channel === 'out' ? Buffer.from(value.bytes).toString() : '' };
}

test('the bytes come in order, whatever the sizes of the writes, and the stream ends with its result', async (t) => {
  const rig = await start(t);
  await serve(rig, async (request, end) => {
    await end.write(Buffer.from(JSON.stringify(request)));
    await end.write(Buffer.alloc(chunkBytes * 3 + 1, 'a'));
    await end.write(Buffer.alloc(0));
    await end.write(Buffer.from('end'));
    return { exitCode: 3 };
  });
  const stream = open(rig, { tail: 3 });
  t.is(await text(stream), `{"tail":3}${'a'.repeat(chunkBytes * 3 + 1)}end`);
  t.deepEqual(await stream.result, { exitCode: 3 });
});

test('both directions are whole and in order for any chunks, each with its own end', async (t) => {
  const rig = await start(t);
  await serve(rig, async (_request, end) => {
    for await (const piece of end.receive()) if (piece.channel !== 'word') await end.write(piece.bytes, 'err');
    await end.write(Buffer.from('after the end'));
  });
  const sizes = fc.array(fc.nat({ max: 100_000 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const chunks = lengths.map((length, index) => Buffer.alloc(length, `${index},`));
      const stream = open(rig);
      const all = { out: '', err: '' };
      const read = (async () => {
        for await (const piece of stream.receive())
          if (piece.channel !== 'word') all[piece.channel] += Buffer.from(piece.bytes).toString();
      })();
      for (const chunk of chunks) await stream.write(chunk);
      stream.finish();
      await read;
      return all.err === Buffer.concat(chunks).toString() && all.out === 'after the end';
    }),
    { numRuns: 25 },
  );
  t.pass();
});

test('words come between the bytes, where they were said', async (t) => {
  const rig = await start(t);
  await serve(rig, async (_request, end) => {
    for await (const piece of end.receive())
      await end.write(Buffer.from(piece.channel === 'word' ? `[${JSON.stringify(piece.word)}]` : piece.bytes));
  });
  const stream = open(rig);
  await stream.write(Buffer.from('a'));
  await stream.say({ columns: 80 });
  await stream.write(Buffer.from('b'));
  stream.finish();
  t.is(await text(stream), 'a[{"columns":80}]b');
  await t.throwsAsync(stream.write(Buffer.from('late')), { instanceOf: StreamError, code: 'closed' });
});

test('a producer is never further ahead of its reader than the window, in either direction', async (t) => {
  const rig = await start(t);
  const total = windowBytes * 12;
  const produce = async (end: StreamEnd, count: (bytes: number) => void): Promise<void> => {
    for (let written = 0; written < total; written += 10_000) {
      await end.write(Buffer.alloc(10_000));
      count(10_000);
    }
    end.finish();
  };
  const consume = async (end: StreamEnd, ahead: (read: number) => number): Promise<number> => {
    let read = 0;
    let furthest = 0;
    for await (const piece of end.receive()) {
      // A slow reader: the producer has every chance to run ahead.
      for (let round = 0; round < 5; round += 1) await turn();
      furthest = Math.max(furthest, ahead(read));
      read += piece.channel === 'word' ? 0 : piece.bytes.length;
    }
    t.true(read >= total);
    return furthest;
  };
  let up = 0;
  let down = 0;
  await serve(rig, async (_request, end) => {
    const [furthest] = await Promise.all([
      consume(end, (read) => up - read),
      produce(end, (bytes) => {
        down += bytes;
      }),
    ]);
    return furthest;
  });
  const stream = open(rig);
  const sending = produce(stream, (bytes) => {
    up += bytes;
  });
  const furthestDown = await consume(stream, (read) => down - read);
  await sending;
  for (const furthest of [furthestDown, Number(await stream.result)]) {
    t.true(furthest <= windowBytes, `${furthest} bytes ahead`);
    t.true(furthest > windowBytes / 2, 'the window is used');
  }
});

test('the errors of the handler reach the client with their code', async (t) => {
  const rig = await start(t);
  await serve(rig, async (request, end) => {
    await end.write(Buffer.from('first'));
    if (request === 'typed') throw new StreamError('container-not-found', 'no container web');
    throw new Error('a bug');
  });
  const typed = open(rig, 'typed');
  await t.throwsAsync(text(typed), { instanceOf: StreamError, code: 'container-not-found', message: /container web/ });
  await t.throwsAsync(typed.result, { code: 'container-not-found' });
  await t.throwsAsync(text(open(rig, 'bug')), { instanceOf: StreamError, code: 'failed', message: /a bug/ });
  const nobody = openStream(rig.client, 'bramble.nobody', {}, { clock: realClock });
  await t.throwsAsync(text(nobody), { instanceOf: StreamError, code: 'unreachable', message: /bramble\.nobody/ });
});

test('a client that closes its end ends the handler at once', async (t) => {
  const rig = await start(t);
  const ended = new Promise<StreamError>((resolve) => {
    serveStream(rig.server, 'bramble.test', { clock: realClock }, async (_request, end, signal) => {
      signal.addEventListener('abort', () => resolve(signal.reason));
      for (;;) await end.write(Buffer.alloc(1_000));
    });
  });
  await rig.server.flush();
  const stream = open(rig);
  for await (const _piece of stream.receive()) break;
  stream.close();
  t.is((await ended).code, 'closed');
});

/** Serves one handler that says hello and then waits for its end, which the result resolves to. */
async function follow(rig: Rig, clock: FakeClock): Promise<{ reason: Promise<StreamError>; ended: () => boolean }> {
  let ended = false;
  let resolveReason: (reason: StreamError) => void;
  const reason = new Promise<StreamError>((resolve) => {
    resolveReason = resolve;
  });
  const handler: StreamHandler = async (request, end, signal) => {
    await greet(request, end, signal);
    ended = true;
    resolveReason(signal.reason);
  };
  await serve(rig, handler, clock);
  return { reason, ended: () => ended };
}

test('a client whose connection is gone ends the handler with its next word', async (t) => {
  const rig = await start(t);
  const clock = new FakeClock();
  const { reason } = await follow(rig, clock);
  const { pieces, said } = await first(open(rig));
  t.is(said, 'hello');
  rig.client.subscribe('probe');
  await rig.client.flush();
  await rig.client.close();
  await untilNobodyHears(rig.server, 'probe');
  await clock.advance(aliveMillis);
  t.is((await reason).code, 'closed');
  await t.throwsAsync(pieces.next(), { instanceOf: StreamError, code: 'unreachable' });
  await clock.settle();
  t.is(clock.pending, 0);
});

test('a client that is silent, though it is connected, ends the handler after the silence', async (t) => {
  const rig = await start(t);
  const clock = new FakeClock();
  const { reason, ended } = await follow(rig, clock);
  await first(open(rig, {}, new FakeClock()));
  await clock.advance(aliveMillis * silentTicks - 1);
  t.false(ended());
  await clock.advance(1);
  t.is((await reason).code, 'silent');
});

test('a server that is silent ends the stream after the silence', async (t) => {
  const rig = await start(t);
  const clock = new FakeClock();
  await serve(rig, greet, new FakeClock());
  const { pieces } = await first(open(rig, {}, clock));
  const next = pieces.next();
  await clock.advance(aliveMillis * silentTicks);
  await t.throwsAsync(next, { instanceOf: StreamError, code: 'silent' });
  t.is(clock.pending, 0);
});

test('a server whose connection is gone ends the stream with the next word', async (t) => {
  const rig = await start(t);
  const clock = new FakeClock();
  await serve(rig, greet);
  const { pieces } = await first(open(rig, {}, clock));
  const next = pieces.next();
  rig.server.subscribe('probe');
  await rig.server.flush();
  await rig.server.close();
  await untilNobodyHears(rig.client, 'probe');
  await clock.advance(aliveMillis);
  await t.throwsAsync(next, { instanceOf: StreamError, code: 'unreachable' });
});

test('a server that stops serving tells its clients', async (t) => {
  const rig = await start(t);
  const end = await serve(rig, greet);
  const { pieces } = await first(open(rig));
  const next = pieces.next();
  end();
  await t.throwsAsync(next, { instanceOf: StreamError, code: 'unreachable' });
});

test('a part that is lost between the ends ends the stream, whatever comes after it', async (t) => {
  const rig = await start(t);
  const say = new Promise<() => void>((resolve) => {
    serveStream(rig.server, 'bramble.test', { clock: realClock }, async (_request, end) => {
      await end.write(Buffer.from('hello'));
      await new Promise<void>((go) => resolve(go));
      await end.write(Buffer.from('lost'));
      await end.write(Buffer.from('heard'));
    });
  });
  await rig.server.flush();
  // The link drops one message, as a reconnection does.
  const publish = rig.server.publish.bind(rig.server);
  const { pieces } = await first(open(rig));
  let dropped = false;
  rig.server.publish = (subject, payload, options) => {
    if (!dropped && Buffer.from(payload ?? '').includes('lost')) dropped = true;
    else publish(subject, payload, options);
  };
  (await say)();
  await t.throwsAsync(pieces.next(), { instanceOf: StreamError, code: 'lost' });
  t.true(dropped);
});

test('more clients than the limit are refused in words, and others after them are served', async (t) => {
  const rig = await start(t);
  const end = serveStream(rig.server, 'bramble.test', { clock: realClock, limit: 2 }, greet);
  t.teardown(end);
  await rig.server.flush();
  const held = [open(rig), open(rig)];
  for (const stream of held) t.is((await first(stream)).said, 'hello');
  await t.throwsAsync(text(open(rig)), { instanceOf: StreamError, code: 'overloaded', message: /2 of these/ });
  held[0]?.close();
  await rig.client.flush();
  await untilServed(rig);
  t.pass();
});

/** Its place is free once the server has heard of the end. */
async function untilServed(rig: Rig): Promise<void> {
  for (;;) {
    try {
      const stream = open(rig);
      const { said } = await first(stream);
      stream.close();
      if (said === 'hello') return;
    } catch (error) {
      if (!(error instanceof StreamError) || error.code !== 'overloaded') throw error;
    }
  }
}

test('a NATS server with a small limit on messages gets small messages', async (t) => {
  const rig = await start(t, 'max_payload: 2000');
  await serve(rig, async (_request, end) => await end.write(Buffer.alloc(50_000, 'x')));
  t.is((await text(open(rig))).length, 50_000);
  t.throws(() => open(rig, 'x'.repeat(3000)), { instanceOf: StreamError, code: 'invalid', message: /takes 2000/ });
});

test('a peer that sends more than it may is refused, so that memory stays bounded', async (t) => {
  const rig = await start(t);
  const ended = new Promise<StreamError>((resolve) => {
    serveStream(rig.server, 'bramble.test', { clock: realClock }, async (_request, _end, signal) => {
      await new Promise((go) => signal.addEventListener('abort', go));
      resolve(signal.reason);
    });
  });
  await rig.server.flush();
  const stream = open(rig);
  // A client that takes credit for what was never consumed.
  const anything = stream as unknown as { speak(kind: string, body: Uint8Array): void };
  await rig.client.flush();
  await turn();
  for (let sent = 0; sent <= windowBytes * 2; sent += chunkBytes) {
    anything.speak('out', Buffer.alloc(chunkBytes));
    await rig.client.flush();
  }
  t.is((await ended).code, 'invalid');
});

test('many streams at once keep apart', async (t) => {
  const rig = await start(t);
  await serve(rig, async (request, end) => {
    for (let line = 0; line < 50; line += 1) await end.write(Buffer.from(`${request}`.padEnd(5_000, '.')));
  });
  const names = Array.from({ length: 40 }, (_, index) => `client-${index}`);
  const got = await Promise.all(names.map((name) => text(open(rig, name))));
  t.deepEqual(
    got,
    names.map((name) => name.padEnd(5_000, '.').repeat(50)),
  );
});
