import { once } from 'node:events';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import type { Pages } from '../../../src/common/metrics/page-server.ts';
import { createPageServer } from '../../../src/common/process/page-server.ts';

async function serve(t: ExecutionContext, pages: Pages): Promise<number> {
  return await new Promise((resolve) => {
    t.teardown(createPageServer('127.0.0.1', 0, silentLogger, resolve).serve(pages));
  });
}
const ok = async () => ({ type: 'text/plain', body: 'ok' });

test('a page is served, another path is a 404 that says what there is, and only GET and HEAD are taken', async (t) => {
  const port = await serve(t, { '/metrics': ok });
  const at = `http://127.0.0.1:${port}`;
  const page = await fetch(`${at}/metrics?a=b`);
  t.is(page.status, 200);
  t.is(await page.text(), 'ok');
  t.is((await fetch(`${at}/metrics`, { method: 'HEAD' })).headers.get('content-length'), '2');
  const other = await fetch(`${at}/other`);
  t.is(other.status, 404);
  t.is(await other.text(), '/metrics\n');
  t.is((await fetch(`${at}/__proto__`)).status, 404);
  t.is((await fetch(`${at}/metrics`, { method: 'POST', body: 'x'.repeat(100_000) })).status, 405);
});

test('a page that can not be made is a 503 with its words', async (t) => {
  const port = await serve(t, { '/metrics': () => Promise.reject(new Error('no usage')) });
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  t.is(response.status, 503);
  t.is(await response.text(), 'no usage\n');
});

test('more than four at once are told to come again', async (t) => {
  let go = (): void => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  let asked = 0;
  let all = (): void => {};
  const four = new Promise<void>((resolve) => {
    all = resolve;
  });
  const port = await serve(t, {
    '/slow': async () => {
      asked += 1;
      if (asked === 4) all();
      await held;
      return await ok();
    },
  });
  const slow = Array.from({ length: 4 }, () => fetch(`http://127.0.0.1:${port}/slow`));
  await four;
  t.is((await fetch(`http://127.0.0.1:${port}/slow`)).status, 503);
  go();
  for (const response of await Promise.all(slow)) t.is(response.status, 200);
});

for (const [what, bytes] of [
  ['no HTTP', '\u0000\u0001\u0002\r\n\r\n'],
  ['a header that is too long', `GET /metrics HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
  ['two lengths', 'GET /metrics HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
] as const) {
  test(`${what} ends that connection and nothing else`, async (t) => {
    const port = await serve(t, { '/metrics': ok });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(bytes);
    await once(socket.resume(), 'close');
    t.is((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 200);
  });
}
