import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { createLogs } from '../../../../src/agent/io/logs/logs.ts';
import { realClock } from '../../../../src/common/actor/clock.ts';

const logs = createLogs(realClock);
const never = () => false;
const line = (second: number, tag: string, text: string, stream = 'stdout') =>
  `2026-01-02T03:04:${String(second).padStart(2, '0')}.000000001Z ${stream} ${tag} ${text}\n`;

async function logFile(content: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-logs-'));
  const path = join(dir, '0.log');
  await writeFile(path, content);
  return { path, remove: () => rm(dir, { recursive: true, force: true }) };
}

type Options = { timestamps?: boolean; tailLines?: number; sinceMillis?: number };
async function read(content: string, options: Options = {}): Promise<string> {
  const { path, remove } = await logFile(content);
  const output: Uint8Array[] = [];
  const wanted = { follow: false, timestamps: false, ...options };
  for await (const chunk of logs.read(path, wanted, never, new AbortController().signal)) output.push(chunk);
  await remove();
  return Buffer.concat(output).toString();
}

test('lines of both streams are given without their frame, and with their time when it is wanted', async (t) => {
  const content = line(1, 'F', 'one') + line(2, 'F', 'two', 'stderr');
  t.is(await read(content), 'one\ntwo\n');
  t.is(
    await read(content, { timestamps: true }),
    '2026-01-02T03:04:01.000000001Z one\n2026-01-02T03:04:02.000000001Z two\n',
  );
});

test('parts of a line are joined and count as one line', async (t) => {
  const content = line(1, 'F', 'first') + line(2, 'P', 'a') + line(2, 'P', 'b') + line(2, 'F', 'c');
  t.is(await read(content), 'first\nabc\n');
  t.is(await read(content, { tailLines: 1 }), 'abc\n');
});

test('a malformed line passes as it is', async (t) => {
  t.is(await read(`no log line\n${line(1, 'F', 'one')}`), 'no log line\none\n');
});

test('lines before the given time are left out', async (t) => {
  const content = line(1, 'F', 'old') + line(9, 'F', 'new');
  t.is(await read(content, { sinceMillis: Date.parse('2026-01-02T03:04:05Z') }), 'new\n');
});

test('the tail is the end of the whole, whatever the lengths of the lines', async (t) => {
  const texts = fc.array(fc.nat({ max: 30_000 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(texts, fc.nat({ max: 14 }), async (lengths, tailLines) => {
      const all = lengths.map((length, index) => `${index}${'x'.repeat(length)}`);
      const content = all.map((text) => line(1, 'F', text)).join('');
      const wanted = tailLines === 0 ? [] : all.slice(-tailLines);
      return (await read(content, { tailLines })) === wanted.map((text) => `${text}\n`).join('');
    }),
    { numRuns: 30 },
  );
  t.pass();
});

test('a follower sees what is appended, goes through a rotation and a truncation, and ends with the container', async (t) => {
  const { path, remove } = await logFile(line(1, 'F', 'one'));
  let ended = false;
  const wanted = { follow: true, timestamps: false };
  const stream = logs.read(path, wanted, () => ended, new AbortController().signal)[Symbol.asyncIterator]();
  const next = async () => Buffer.from((await stream.next()).value ?? '').toString();
  t.is(await next(), 'one\n');
  await appendFile(path, line(2, 'F', 'two'));
  t.is(await next(), 'two\n');
  await rename(path, `${path}.1`);
  await writeFile(path, line(3, 'F', 'three'));
  t.is(await next(), 'three\n');
  const waiting = next();
  await truncate(path);
  await appendFile(path, line(4, 'F', '4'));
  t.is(await waiting, '4\n');
  ended = true;
  await appendFile(path, line(5, 'F', 'last'));
  t.is(await next(), 'last\n');
  t.true((await stream.next()).done);
  await remove();
});

test('a follower ends at the signal', async (t) => {
  const { path, remove } = await logFile('');
  const end = new AbortController();
  const stream = logs.read(path, { follow: true, timestamps: false }, never, end.signal)[Symbol.asyncIterator]();
  const next = stream.next();
  end.abort();
  t.true((await next).done);
  await remove();
});

test('a log that is not there yet is an error with the code ENOENT', async (t) => {
  const wanted = { follow: false, timestamps: false };
  const stream = logs.read('/nonexistent/0.log', wanted, never, new AbortController().signal)[Symbol.asyncIterator]();
  await t.throwsAsync(stream.next(), { code: 'ENOENT' });
});
