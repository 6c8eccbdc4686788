import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createManifestUrl } from '../../../../src/agent/io/sources/manifest-url.ts';

/** A server on the loopback address until the test ends; answers with its address. */
async function serve(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const ask = (url: string, etag?: string, headers = {}) =>
  createManifestUrl(url, headers).get(etag, new AbortController().signal);

test('a content comes with its ETag, and not again while it is the same', async (t) => {
  const address = await serve(t, (request, response) => {
    const same = request.headers['if-none-match'] === '"1"';
    response.writeHead(same ? 304 : 200, { etag: '"1"' }).end(same ? undefined : 'kind: Pod');
  });
  const first = await ask(`${address}/pods.yaml`);
  t.deepEqual(first, { content: Buffer.from('kind: Pod'), etag: '"1"' });
  t.deepEqual(await ask(`${address}/pods.yaml`, '"1"'), { unchanged: true });
});

test('what is too large, empty, missing or not there at all is a problem in words', async (t) => {
  const address = await serve(t, ({ url }, response) => {
    if (url === '/large') response.end(Buffer.alloc(1024 * 1024 + 1));
    else if (url === '/empty') response.end();
    else response.writeHead(404).end('no');
  });
  t.deepEqual(await ask(`${address}/large`), { problem: 'larger than 1048576 bytes' });
  t.deepEqual(await ask(`${address}/empty`), { problem: 'the answer is empty' });
  t.deepEqual(await ask(`${address}/none`), { problem: 'answers with status 404 Not Found' });
  const gone = await ask('http://127.0.0.1:1/');
  t.true('problem' in gone && /ECONNREFUSED|bad port/.test(gone.problem), JSON.stringify(gone));
});

test('redirects are followed, but not without end, and headers go to their own origin only', async (t) => {
  const seen: (string | undefined)[] = [];
  const other = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end('there');
  });
  const address = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: request.url === '/away' ? `${other}/` : '/loop' }).end();
  });
  const headers = { Authorization: 'Bearer word' };
  t.like(await ask(`${address}/away`, undefined, headers), { content: Buffer.from('there') });
  t.deepEqual(seen, ['Bearer word', undefined]);
  t.deepEqual(await ask(`${address}/loop`), { problem: 'more than 5 redirects' });
});

test('a password in the URL is sent, and not shown', async (t) => {
  let sent: string | undefined;
  const address = await serve(t, (request, response) => {
    sent = request.headers.authorization;
    response.end('x');
  });
  const source = createManifestUrl(address.replace('//', '//farm:secret@'), {});
  await source.get(undefined, new AbortController().signal);
  t.is(sent, `Basic ${Buffer.from('farm:secret').toString('base64')}`);
  t.notRegex(source.url, /secret/);
});
