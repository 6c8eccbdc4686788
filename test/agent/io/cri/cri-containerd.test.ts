import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { join } from 'node:path';
import test from 'ava';
import { createCri } from '../../../../src/agent/io/cri/cri.ts';
import { type Cri, CriError } from '../../../../src/agent/ports/cri.ts';
import { FakeClock } from '../../../../src/common/actor/fake-clock.ts';
import { startTestContainerd, type TestContainerd } from '../../../support/containerd.ts';
import { until } from '../../../support/eventually.ts';
import { BUSYBOX } from '../../../support/image-archive.ts';
import { criContract } from './cri-contract.ts';

let containerd: TestContainerd;
let cri: Cri;

test.before(async () => {
  containerd = await startTestContainerd();
  cri = createCri(containerd.socket);
});

test.after.always(async () => {
  cri?.close();
  await containerd?.stop();
});

criContract(test, () => ({ cri, image: BUSYBOX, logs: join(containerd.dir, 'logs'), until }), {
  processes: true,
});

test('a socket that nobody listens on is an unavailable runtime', async (t) => {
  const nobody = createCri('/nonexistent/containerd.sock');
  const error = await t.throwsAsync(nobody.version(), { instanceOf: CriError, code: 'unavailable' });
  t.regex(error.message, /nonexistent/);
  nobody.close();
});

test('a gRPC server without CRI v1 is an unsupported runtime', async (t) => {
  await t.throwsAsync(versionFrom('other.sock', '12', 'unknown service'), {
    instanceOf: CriError,
    code: 'unsupported',
  });
});

test('a containerd that is still starting is an unavailable runtime', async (t) => {
  const answer = versionFrom('starting.sock', '2', 'server is not initialized yet');
  await t.throwsAsync(answer, { instanceOf: CriError, code: 'unavailable' });
});

/** Asks a server that refuses every call with a gRPC status. */
async function versionFrom(socket: string, status: string, message: string): Promise<unknown> {
  const server = createServer();
  server.on('stream', (stream) => {
    const refusal = { 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': message };
    stream.respond({ ':status': 200, ...refusal }, { endStream: true });
  });
  const path = join(containerd.dir, socket);
  server.listen(path);
  await once(server, 'listening');
  const other = createCri(`unix://${path}`);
  try {
    return await other.version();
  } finally {
    other.close();
    server.close();
  }
}

test('a closed connection answers no more calls', async (t) => {
  const closed = createCri(containerd.socket);
  closed.close();
  await t.throwsAsync(closed.version(), { instanceOf: CriError, code: 'unavailable' });
});

test('a runtime that says nothing is a timeout after the limit, whatever the wall clock does meanwhile', async (t) => {
  const server = createServer();
  const path = join(containerd.dir, 'silent.sock');
  server.listen(path);
  await once(server, 'listening');
  const clock = new FakeClock();
  const silent = createCri(path, { clock, limit: 2_000 });
  try {
    const asked = once(server, 'stream');
    let ended = false;
    const answer = t.throwsAsync(
      silent.version().finally(() => {
        ended = true;
      }),
      { instanceOf: CriError, code: 'timeout', message: 'no answer within 2 s' },
    );
    await asked;
    clock.jump(86_400_000);
    await clock.advance(1_900);
    clock.jump(-2 * 86_400_000);
    await clock.settle();
    t.false(ended);
    await clock.advance(100);
    await answer;
  } finally {
    silent.close();
    server.close();
  }
});

test('a pull that is given up is ended in the runtime, and is no answer', async (t) => {
  const server = createServer();
  const path = join(containerd.dir, 'pulling.sock');
  server.listen(path);
  await once(server, 'listening');
  const silent = createCri(path);
  try {
    const asked = once(server, 'stream');
    const over = new AbortController();
    const answer = t.throwsAsync(silent.pullImage('a:1', undefined, over.signal), {
      instanceOf: CriError,
      code: 'unavailable',
    });
    const [stream] = (await asked) as [ServerHttp2Stream];
    const ended = once(stream, 'close');
    over.abort();
    await answer;
    await ended;
    await t.throwsAsync(silent.pullImage('a:1', undefined, over.signal), { code: 'unavailable' });
  } finally {
    silent.close();
    server.close();
  }
});
