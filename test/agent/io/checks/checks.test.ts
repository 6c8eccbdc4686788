import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { Server as GrpcServer, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import test from 'ava';
import { createChecks } from '../../../../src/agent/io/checks/checks.ts';
import { int, message, string } from '../../../../src/agent/io/cri/protobuf.ts';
import type { HttpCheck } from '../../../../src/agent/ports/checks.ts';
import { realClock } from '../../../../src/common/actor/clock.ts';
import { freePort } from '../../../../src/common/process/free-port.ts';
import { type DeafPort, openDeafPort } from '../../../support/deaf-port.ts';
import { selfSigned } from '../../../support/self-signed.ts';
import { checksContract } from './checks-contract.ts';

const checks = createChecks(realClock);
const LONG = 20_000;
const closers: (() => void)[] = [];
let deaf: DeafPort;
let closed: number;
let web: number;
let grpc: number;

test.before(async () => {
  deaf = await openDeafPort();
  closed = await freePort();
  web = await listen(createServer(routes));
  grpc = await serveGrpc({ '': 1, down: 2, odd: 9 });
});
test.after.always(async () => {
  await deaf?.close();
  for (const close of closers) close();
});

checksContract(test, () => ({
  checks,
  port: (kind, state) => (state === 'silent' ? deaf.port : state === 'closed' ? closed : kind === 'grpc' ? grpc : web),
}));

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What the server saw last, by path. */
const seen = new Map<string, IncomingMessage>();
const routes: RequestListener = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://any');
  seen.set(pathname, request);
  const to = searchParams.get('to');
  if (to !== null) {
    response.writeHead(Number(searchParams.get('code') ?? 302), { Location: to }).end('moved');
  } else if (pathname === '/long') {
    response.write('x'.repeat(50_000));
  } else if (pathname === '/half') {
    response.write('begun');
  } else if (pathname === '/reset') {
    request.socket.resetAndDestroy();
  } else if (pathname === '/hangup') {
    request.socket.destroy();
  } else if (pathname !== '/never') {
    response.writeHead(Number(searchParams.get('code') ?? 200)).end('body');
  }
};

const get = (path: string, change: Partial<HttpCheck> = {}, timeout = LONG) =>
  checks.http(
    { scheme: 'http', host: '127.0.0.1', port: web, path, headers: [], anyStatus: false, ...change },
    timeout,
  );

test('statuses from 200 to 399 succeed, others fail with their number', async (t) => {
  for (const code of [200, 204, 299]) t.like(await get(`/?code=${code}`), { outcome: 'success' });
  for (const code of [300, 304, 399]) t.like(await get(`/?code=${code}`), { outcome: 'warning' });
  for (const code of [400, 404, 500, 599]) {
    t.deepEqual(await get(`/?code=${code}`), {
      outcome: 'failure',
      output: `HTTP probe failed with statuscode: ${code}`,
    });
  }
  t.like(await get('/?code=500', { anyStatus: true }), { outcome: 'success' });
});

test('headers are sent as they are, twice if they stand there twice, and Host is replaced', async (t) => {
  await get('/plain');
  t.is(seen.get('/plain')?.headers.host, `127.0.0.1:${web}`);
  t.is(seen.get('/plain')?.headers.connection, 'close');
  const headers = [
    { name: 'X-Two', value: 'one' },
    { name: 'host', value: 'example.test' },
    { name: 'X-Two', value: 'two' },
    { name: 'Transfer-Encoding', value: 'chunked' },
  ];
  t.like(await get('/headers', { headers }), { outcome: 'success' });
  const { rawHeaders = [], method } = seen.get('/headers') ?? {};
  t.is(method, 'GET');
  t.deepEqual(rawHeaders, ['Host', 'example.test', 'X-Two', 'one', 'X-Two', 'two', 'Connection', 'close']);
  t.like(await get('/', { headers: [{ name: 'Bad Name', value: 'x' }] }), { outcome: 'failure' });
});

test('redirects are followed on the same host, at most ten requests; one to another host is a warning', async (t) => {
  const other = await listen(createServer((_, response) => response.writeHead(503).end()));
  t.like(await get('/?to=/plain'), { outcome: 'success' });
  t.deepEqual(await get(`/?to=http://127.0.0.1:${other}/x`), {
    outcome: 'failure',
    output: 'HTTP probe failed with statuscode: 503',
  });
  t.deepEqual(await get('/?to=http://elsewhere.test/'), {
    outcome: 'warning',
    output: 'Probe terminated redirects, Response body: moved',
  });
  const loop = await get(`/loop?to=${encodeURIComponent('/loop?to=/loop')}&code=307`);
  t.is(loop.outcome, 'success', 'two steps end at a path that answers');
  const endless = await listen(createServer((_, response) => response.writeHead(301, { Location: '/again' }).end()));
  t.deepEqual(await get('/', { port: endless }), {
    outcome: 'failure',
    output: `Get "http://127.0.0.1:${endless}/again": stopped after 10 redirects`,
  });
});

test('of a long body the beginning is enough, and a body that never ends is waited for until the time is over', async (t) => {
  const long = await get('/long');
  t.is(long.outcome, 'success');
  t.is(long.output.length, 10 * 1024);
  const half = await get('/half', {}, 200);
  t.is(half.outcome, 'failure');
  t.regex(half.output, /^Get "http:\/\/127\.0\.0\.1:\d+\/half": context deadline exceeded/);
});

test('what goes wrong on the way is said in words', async (t) => {
  const url = (port: number, path: string) => `Get "http://127.0.0.1:${port}${path}"`;
  t.is(
    (await get('/', { port: closed })).output,
    `${url(closed, '/')}: dial tcp 127.0.0.1:${closed}: connect: connection refused`,
  );
  t.is((await get('/reset')).output, `${url(web, '/reset')}: read: connection reset by peer`);
  t.is((await get('/hangup')).output, `${url(web, '/hangup')}: EOF`);
  t.regex((await get('/never', {}, 100)).output, /context deadline exceeded \(Client\.Timeout exceeded/);
  const garbage = await listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')));
  t.regex((await get('/', { port: garbage })).output, /malformed HTTP response/);
  t.regex((await get('/', { scheme: 'https' })).output, /server gave HTTP response to HTTPS client/);
  t.regex((await get('/', { host: 'nobody.invalid' })).output, /no such host/);
});

test('a certificate that nobody has signed is good enough', async (t) => {
  const port = await listen(createTlsServer(selfSigned, routes));
  t.like(await get('/plain', { scheme: 'https', port }), { outcome: 'success', output: 'body' });
  t.like(await get('/', { port }), { outcome: 'failure' });
});

test('a TCP check says why there is no connection', async (t) => {
  const at = { host: '127.0.0.1' };
  t.is(
    (await checks.tcp({ ...at, port: closed }, LONG)).output,
    `dial tcp 127.0.0.1:${closed}: connect: connection refused`,
  );
  t.is((await checks.tcp({ ...at, port: deaf.port }, 100)).output, `dial tcp 127.0.0.1:${deaf.port}: i/o timeout`);
});

/** A gRPC server with the health service, or without it. */
async function serveGrpc(states: Readonly<Record<string, number>> | undefined, late = false): Promise<number> {
  const server = new GrpcServer();
  const request = message({ service: [1, string] });
  const answer = message({ status: [1, int] });
  const definition = {
    Check: {
      ...{ path: '/grpc.health.v1.Health/Check', requestStream: false, responseStream: false },
      requestSerialize: request.encode,
      requestDeserialize: request.decode,
      responseSerialize: answer.encode,
      responseDeserialize: answer.decode,
    },
  };
  if (states) {
    server.addService(definition, {
      Check(
        call: { request: { service: string } },
        reply: (error: Partial<ServiceError> | null, value?: { status: number }) => void,
      ) {
        const state = states[call.request.service];
        if (late) return;
        if (state === undefined) reply({ code: status.NOT_FOUND, details: 'unknown service: ü' });
        else reply(null, { status: state });
      },
    });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  closers.push(() => server.forceShutdown());
  return port;
}

test('a gRPC server serves, serves not, knows the service not, or has no health to ask for', async (t) => {
  const ask = (service: string, port = grpc, timeout = LONG) =>
    checks.grpc({ host: '127.0.0.1', port, service }, timeout);
  t.deepEqual(await ask(''), { outcome: 'success', output: 'service healthy' });
  t.is((await ask('down')).output, 'service unhealthy (responded with "NOT_SERVING")');
  t.is((await ask('odd')).output, 'service unhealthy (responded with "9")');
  t.is(
    (await ask('none')).output,
    'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service: ü',
  );
  t.regex(
    (await ask('', await serveGrpc(undefined))).output,
    /^error: this server does not implement the grpc health protocol \(grpc\.health\.v1\.Health\): /,
  );
  t.is(
    (await ask('', await serveGrpc({ '': 1 }, true), 200)).output,
    'timeout: health rpc did not complete within 0.2s',
  );
  t.is(
    (await ask('', deaf.port, 100)).output,
    `timeout: failed to connect service "127.0.0.1:${deaf.port}" within 0.1s: context deadline exceeded`,
  );
  t.is(
    (await ask('', closed)).output,
    `error: failed to connect service at "127.0.0.1:${closed}": dial tcp 127.0.0.1:${closed}: connect: connection refused`,
  );
  t.like(await ask('', web), { outcome: 'failure' });
});
