import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { createLogFiles } from '../../../../src/agent/io/logs/log-files.ts';
import { createLogs } from '../../../../src/agent/io/logs/logs.ts';
import { LogFilesError } from '../../../../src/agent/ports/log-files.ts';
import { realClock } from '../../../../src/common/actor/clock.ts';

const logs = createLogs(realClock);
const pod = { namespace: 'default', name: 'web', uid: 'uid-1' };
const line = (text: string, time = '2026-01-02T03:04:05.000000001Z') => `${time} stdout F ${text}\n`;

async function rig(t: ExecutionContext) {
  const logDir = await mkdtemp(join(tmpdir(), 'bramble-log-files-'));
  t.teardown(() => rm(logDir, { recursive: true, force: true }));
  const dir = join(logDir, 'default_web_uid-1', 'main');
  await mkdir(dir, { recursive: true });
  const files = createLogFiles(logDir);
  const log = join(dir, '0.log');
  await writeFile(log, '');
  let rotations = 0;
  return {
    ...{ logDir, dir, files, log },
    /** As the actor does it: the part before is compressed. */
    async rotate() {
      if (rotations > 0) await files.compress(dir, `0.log.${rotations}`, `0.log.${rotations}.gz`);
      rotations += 1;
      await rename(log, join(dir, `0.log.${rotations}`));
      await writeFile(log, '');
    },
    async read(options: { tailLines?: number; sinceMillis?: number } = {}) {
      const parts: Uint8Array[] = [];
      const wanted = { follow: false, timestamps: false, ...options };
      for await (const part of logs.read(log, wanted, () => false, new AbortController().signal)) parts.push(part);
      return Buffer.concat(parts).toString();
    },
  };
}

test('the logs of all containers are listed with their sizes, and other folders are not', async (t) => {
  const { files, log, dir, logDir } = await rig(t);
  await mkdir(join(logDir, 'lost+found'));
  await appendFile(log, 'four');
  t.deepEqual(await files.list(), [{ pod, container: 'main', dir, files: [{ name: '0.log', size: 4 }] }]);
  t.deepEqual(await createLogFiles('/nonexistent').list(), []);
});

test('a compressed part is whole, has the time of the file before, and leaves nothing beside it', async (t) => {
  const { files, log, dir } = await rig(t);
  await writeFile(log, 'x'.repeat(3_000_000));
  const { mtimeMs } = await stat(log);
  await files.compress(dir, '0.log', '0.log.1.gz');
  t.deepEqual(await readdir(dir), ['0.log.1.gz']);
  t.is(gunzipSync(await readFile(join(dir, '0.log.1.gz'))).toString(), 'x'.repeat(3_000_000));
  t.true(Math.abs((await stat(join(dir, '0.log.1.gz'))).mtimeMs - mtimeMs) < 2);
  await t.notThrowsAsync(files.remove(dir, 'gone'));
  await t.throwsAsync(files.compress(dir, 'gone', 'there'), { instanceOf: LogFilesError, code: 'failed' });
  t.deepEqual(await readdir(dir), ['0.log.1.gz']);
});

test('the log and its tail go over all parts, wherever it was rotated', async (t) => {
  const writes = fc.array(fc.record({ lines: fc.nat({ max: 5 }), rotate: fc.boolean() }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(writes, fc.nat({ max: 40 }), async (steps, tailLines) => {
      const { log, rotate, read } = await rig(t);
      const all: string[] = [];
      for (const { lines, rotate: now } of steps) {
        for (let count = 0; count < lines; count += 1) {
          all.push(`line ${all.length}`);
          await appendFile(log, line(all.at(-1) ?? ''));
        }
        if (now) await rotate();
      }
      const text = (lines: readonly string[]) => lines.map((one) => `${one}\n`).join('');
      const tail = tailLines === 0 ? [] : all.slice(-tailLines);
      return (await read()) === text(all) && (await read({ tailLines })) === text(tail);
    }),
    { numRuns: 25 },
  );
  t.pass();
});

test('a line whose parts were rotated apart is one line', async (t) => {
  const { log, rotate, read } = await rig(t);
  await writeFile(log, `${line('before')}2026-01-02T03:04:05Z stdout P half`.concat('\n'));
  await rotate();
  await writeFile(log, line('whole'));
  t.is(await read(), 'before\nhalfwhole\n');
});

test('a slow follower loses nothing over several rotations, though their parts are compressed meanwhile', async (t) => {
  const { log, rotate } = await rig(t);
  await appendFile(log, line('0'));
  let ended = false;
  const options = { follow: true, timestamps: false };
  const stream = logs.read(log, options, () => ended, new AbortController().signal)[Symbol.asyncIterator]();
  let got = Buffer.from((await stream.next()).value ?? '').toString();
  for (let count = 1; count <= 4; count += 1) {
    await appendFile(log, line(`${count} before`));
    await rotate();
    await appendFile(log, line(`${count} after`));
  }
  ended = true;
  for (let next = await stream.next(); !next.done; next = await stream.next())
    got += Buffer.from(next.value).toString();
  t.is(got, '0\n'.concat(...[1, 2, 3, 4].map((count) => `${count} before\n${count} after\n`)));
});

test('what was written while nobody listened is there afterwards, with its times', async (t) => {
  const { log, rotate, read } = await rig(t);
  const begin = Date.parse('2026-01-02T03:00:00Z');
  for (let minute = 0; minute < 60; minute += 1) {
    await appendFile(log, line(`minute ${minute}`, new Date(begin + minute * 60_000).toISOString()));
    if (minute % 25 === 24) await rotate();
  }
  t.is((await read()).split('\n').length, 61);
  t.is(await read({ sinceMillis: begin + 58 * 60_000 }), 'minute 58\nminute 59\n');
});
