import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createKeptFile } from '../../../../src/agent/io/kept/kept-file.ts';
import { createLocalServer } from '../../../../src/agent/io/sources/local-server.ts';
import { type LocalHandlers, LocalRefusal } from '../../../../src/agent/ports/local-server.ts';
import { silentLogger } from '../../../../src/common/actor/silent-logger.ts';
import { StreamError } from '../../../../src/common/wire/stream.ts';
import { until } from '../../../support/eventually.ts';
import { sweepAt } from '../../../support/sweep-builder.ts';

const handlers: LocalHandlers = {
  status: async () => {
    throw new Error('not asked here');
  },
  pods: async () => ({ items: [] }),
  top: async () => ({ node: 'pi-7', sample: sweepAt(1) }),
  apply: async ({ files }) => {
    if (files.length === 0) throw new LocalRefusal('invalid', 'nothing to do');
    return { pods: [{ namespace: 'default', name: files[0]?.name ?? '', what: 'created' }] };
  },
  delete: async () => {
    throw new LocalRefusal('not-found', 'no such pod');
  },
};

async function setUp(t: ExecutionContext) {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-socket-'));
  const path = join(dir, 'run', 'agent.sock');
  const server = createLocalServer(join(dir, 'run'), silentLogger);
  let stop = server.serve(handlers);
  t.teardown(() => {
    stop();
    rmSync(dir, { recursive: true, force: true });
  });
  await until('the socket is there', async () => existsSync(path));
  const post = (verb: string, body: string) =>
    new Promise<{ code: number; body: string; why: string | undefined }>((resolve, reject) => {
      const asked = request({ socketPath: path, path: `/v1/${verb}`, method: 'POST' }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, body: text, why: response.trailers['bramble-error'] }),
        );
      });
      asked.on('error', reject).end(body);
    });
  const again = () => {
    stop();
    stop = server.serve(handlers);
  };
  return { dir, path, server, post, again };
}

test('only its owner may use the socket, and nothing else is left beside it', async (t) => {
  const { dir, path } = await setUp(t);
  t.is(statSync(path).mode & 0o777, 0o600);
  await until('the folder is clean', async () => readdirSync(join(dir, 'run')).join() === 'agent.sock');
});

test('answers and refusals reach the asker with their codes', async (t) => {
  const { post } = await setUp(t);
  t.like(await post('pods', ''), { code: 200, body: '{"items":[]}' });
  t.like(await post('apply', JSON.stringify({ files: [{ name: 'a', text: 'b' }] })), { code: 200 });
  t.like(await post('apply', JSON.stringify({ files: [] })), {
    code: 422,
    body: '{"code":"invalid","message":"nothing to do"}',
  });
  t.is((await post('delete', JSON.stringify({ pods: [], files: [] }))).code, 404);
  t.is((await post('status', '')).code, 500);
});

test('a server that starts anew has a socket again, and one that ends leaves none', async (t) => {
  const { path, post, again, server } = await setUp(t);
  const before = statSync(path).ino;
  again();
  await until('it is another socket', async () => existsSync(path) && statSync(path).ino !== before);
  t.is((await post('pods', '')).code, 200);
  server.serve(handlers)();
  await until('it is gone', async () => !existsSync(path));
});

test('what is not understood is refused: other verbs, other bodies, too large ones', async (t) => {
  const { post } = await setUp(t);
  t.regex((await post('reboot', '')).body, /this agent knows status, pods, top, apply, delete and logs/);
  t.regex((await post('apply', '{"files":[{"name":1}]}')).body, /files\.0\.name/);
  t.regex((await post('apply', 'no json')).body, /no JSON/);
  t.regex((await post('apply', 'x'.repeat(5 * 1024 * 1024))).body, /larger than the 4194304 bytes/);
});

test('logs are streamed, and a stream that breaks says why', async (t) => {
  const { server, post } = await setUp(t);
  server.streams.serve('exec', 1, async () => t.fail('logs alone are served'));
  server.streams.serve('logs', 1, async (body, end) => {
    await end.write(Buffer.from('a line\n'));
    if ((body as { broken?: boolean }).broken) throw new StreamError('lost', 'the disk is gone');
  });
  t.like(await post('logs', '{}'), { code: 200, body: 'a line\n', why: undefined });
  t.like(await post('logs', '{"broken":true}'), {
    code: 200,
    body: 'a line\n',
    why: encodeURIComponent('the disk is gone'),
  });
  server.streams.serve('logs', 1, async () => {
    throw new StreamError('not-found', 'no such container');
  });
  t.like(await post('logs', '{}'), { code: 404, body: '{"code":"not-found","message":"no such container"}' });
});

test('a kept file is what was saved last, or known to be damaged', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-kept-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'static', 'local');
  const file = createKeptFile(path);
  t.is(await file.load(), undefined);
  await file.save(Buffer.from('one'));
  await file.save(Buffer.from('two\nlines'));
  t.deepEqual(await file.load(), { content: Buffer.from('two\nlines') });
  t.is(statSync(path).mode & 0o777, 0o600);
  writeFileSync(path, 'two');
  t.deepEqual(await file.load(), { problem: `${path} is damaged` });
  const blocked = createKeptFile(join(path, 'below', 'a', 'file'));
  await t.throwsAsync(blocked.save(Buffer.from('x')), { name: 'KeptFileError', message: /not a directory/ });
});
