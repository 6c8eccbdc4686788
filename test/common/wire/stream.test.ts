import { setImmediate as turn } from 'node:timers/promises';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import test, { type ExecutionContext } from 'ava';
import { realClock } from '../../../src/common/actor/clock.ts';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { connectNats } from '../../../src/common/wire/connect.ts';
import { openStream } from '../../../src/common/wire/open-stream.ts';
import { type StreamHandler, serveStream } from '../../../src/common/wire/serve-stream.ts';
import { aliveMillis, chunkBytes, StreamError, silentTicks, windowBytes } from '../../../src/common/wire/stream.ts';
import { startNatsServer } from '../../support/nats-server.ts';

type Rig = { client: NatsConnection; server: NatsConnection };

async function start(t: ExecutionContext): Promise<Rig> {
  const nats = await startNatsServer({ jetstream: false });
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

async function serve({ server }: Rig, handler: StreamHandler, clock = realClock): Promise<() => void> {
  const end = serveStream(server, 'bramble.test', clock, handler);
  await server.flush();
  return end;
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('the bytes come in order, whatever the sizes of the writes, and the stream ends', async (t) => {
  const rig = await start(t);
  await serve(rig, async (request, sink) => {
    await sink.write(Buffer.from(JSON.stringify(request)));
    await sink.write(Buffer.alloc(chunkBytes * 3 + 1, 'a'));
    await sink.write(Buffer.alloc(0));
    await sink.write(Buffer.from('end'));
  });
  const got = await text(openStream(rig.client, 'bramble.test', { tail: 3 }, { clock: realClock }));
  t.is(got, `{"tail":3}${'a'.repeat(chunkBytes * 3 + 1)}end`);
});

test('a producer is never further ahead of its reader than the window', async (t) => {
  const rig = await start(t);
  const total = windowBytes * 20;
  let written = 0;
  await serve(rig, async (_request, sink) => {
    while (written < total) {
      await sink.write(Buffer.alloc(10_000));
      written += 10_000;
    }
  });
  let read = 0;
  let furthest = 0;
  for await (const chunk of openStream(rig.client, 'bramble.test', {}, { clock: realClock })) {
    // A slow reader: the producer has every chance to run ahead.
    for (let round = 0; round < 5; round += 1) await turn();
    furthest = Math.max(furthest, written - read);
    read += chunk.length;
  }
  t.true(read >= total);
  t.true(furthest <= windowBytes, `${furthest} bytes ahead`);
  t.true(furthest > windowBytes / 2, 'the window is used');
});

test('the errors of the handler reach the client with their code', async (t) => {
  const rig = await start(t);
  await serve(rig, async (request, sink) => {
    await sink.write(Buffer.from('first'));
    if (request === 'typed') throw new StreamError('container-not-found', 'no container web');
    throw new Error('a bug');
  });
  const typed = openStream(rig.client, 'bramble.test', 'typed', { clock: realClock });
  await t.throwsAsync(text(typed), { instanceOf: StreamError, code: 'container-not-found', message: /container web/ });
  const bug = openStream(rig.client, 'bramble.test', 'bug', { clock: realClock });
  await t.throwsAsync(text(bug), { instanceOf: StreamError, code: 'failed', message: /a bug/ });
  const nobody = openStream(rig.client, 'bramble.nobody', {}, { clock: realClock });
  await t.throwsAsync(text(nobody), { instanceOf: StreamError, code: 'unreachable' });
});

test('a client that stops reading ends the handler at once', async (t) => {
  const rig = await start(t);
  const ended = new Promise<StreamError>((resolve) => {
    serveStream(rig.server, 'bramble.test', realClock, async (_request, sink, signal) => {
      signal.addEventListener('abort', () => resolve(signal.reason));
      for (;;) await sink.write(Buffer.alloc(1_000));
    });
  });
  await rig.server.flush();
  for await (const _chunk of openStream(rig.client, 'bramble.test', {}, { clock: realClock })) break;
  t.is((await ended).code, 'closed');
});

/** Serves one handler that says hello and then waits for its end, which the result resolves to. */
async function follow(rig: Rig, clock: FakeClock): Promise<{ reason: Promise<StreamError>; ended: () => boolean }> {
  let ended = false;
  let resolveReason: (reason: StreamError) => void;
  const reason = new Promise<StreamError>((resolve) => {
    resolveReason = resolve;
  });
  const handler: StreamHandler = async (_request, sink, signal) => {
    await sink.write(Buffer.from('hello'));
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
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
  const stream = openStream(rig.client, 'bramble.test', {}, { clock: realClock });
  t.is(Buffer.from((await stream.next()).value ?? '').toString(), 'hello');
  rig.client.subscribe('probe');
  await rig.client.flush();
  await rig.client.close();
  await untilNobodyHears(rig.server, 'probe');
  await clock.advance(aliveMillis);
  t.is((await reason).code, 'closed');
  await t.throwsAsync(stream.next(), { instanceOf: StreamError });
  await clock.settle();
  t.is(clock.pending, 0);
});

test('a client that is silent, though it is connected, ends the handler after the silence', async (t) => {
  const rig = await start(t);
  const clock = new FakeClock();
  const { reason, ended } = await follow(rig, clock);
  const stream = openStream(rig.client, 'bramble.test', {}, { clock: new FakeClock() });
  await stream.next();
  await clock.advance(aliveMillis * silentTicks - 1);
  t.false(ended());
  await clock.advance(1);
  t.is((await reason).code, 'silent');
});

test('a server that is gone ends the stream with an error after the silence', async (t) => {
  const rig = await start(t);
  const clock = new FakeClock();
  await serve(rig, async (_request, sink, signal) => {
    await sink.write(Buffer.from('hello'));
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  });
  const stream = openStream(rig.client, 'bramble.test', {}, { clock });
  await stream.next();
  const next = stream.next();
  await rig.server.close();
  await clock.advance(aliveMillis * silentTicks);
  await t.throwsAsync(next, { instanceOf: StreamError, code: 'silent' });
  t.is(clock.pending, 0);
});

test('a server that stops serving tells its clients', async (t) => {
  const rig = await start(t);
  const end = await serve(rig, async (_request, sink, signal) => {
    await sink.write(Buffer.from('hello'));
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  });
  const stream = openStream(rig.client, 'bramble.test', {}, { clock: realClock });
  await stream.next();
  const next = stream.next();
  end();
  await t.throwsAsync(next, { instanceOf: StreamError, code: 'unreachable' });
});

test('many streams at once keep apart', async (t) => {
  const rig = await start(t);
  await serve(rig, async (request, sink) => {
    for (let line = 0; line < 50; line += 1) await sink.write(Buffer.from(`${request}`.padEnd(5_000, '.')));
  });
  const names = Array.from({ length: 40 }, (_, index) => `client-${index}`);
  const got = await Promise.all(
    names.map((name) => text(openStream(rig.client, 'bramble.test', name, { clock: realClock }))),
  );
  t.deepEqual(
    got,
    names.map((name) => name.padEnd(5_000, '.').repeat(50)),
  );
});
