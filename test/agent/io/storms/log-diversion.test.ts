import { appendFile, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isMountPoint, unmountUnder } from '../../../../src/agent/io/files/mounts.ts';
import { createLogs } from '../../../../src/agent/io/logs/logs.ts';
import { createLogDiversion } from '../../../../src/agent/io/storms/log-diversion.ts';
import { realClock } from '../../../../src/common/actor/clock.ts';
import { until } from '../../../support/eventually.ts';

async function rig(t: ExecutionContext) {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-diversion-'));
  const memory = join(dir, 'memory');
  t.teardown(async () => {
    await unmountUnder(memory);
    await rm(dir, { recursive: true, force: true });
  });
  await mkdir(join(dir, 'logs'));
  const path = join(dir, 'logs', '0.log');
  await writeFile(path, 'before\n');
  return { memory, path, logs: join(dir, 'logs'), diversion: createLogDiversion(memory) };
}
const quiet = () => '';
const line = (text: string) => `2026-01-01T00:00:00.000000000Z stdout F ${text}\n`;

test('in a storm the log stays in its place, and gets whole lines up to what is allowed, then a note', async (t) => {
  const { diversion, path, memory } = await rig(t);
  await diversion.point(path, 'c1');
  t.true((await lstat(path)).isSymbolicLink());
  await appendFile(path, '123456789\n'.repeat(100));
  await diversion.back(path);
  t.is(await readFile(path, 'utf8'), 'before\n');
  t.true(await isMountPoint(memory));
  const drained = await diversion.drain('c1', path, 35, (dropped) => `${dropped} dropped\n`);
  t.deepEqual(drained, { kept: 30, dropped: 970 });
  t.is(await readFile(path, 'utf8'), `before\n${'123456789\n'.repeat(3)}970 dropped\n`);
  await appendFile(join(memory, 'c1'), 'whole\npar');
  t.deepEqual(await diversion.drain('c1', path, 1000, quiet), { kept: 6, dropped: 0 });
  await appendFile(join(memory, 'c1'), 't\n');
  t.deepEqual(await diversion.drain('c1', path, 'all', quiet), { kept: 5, dropped: 0 }, 'a part waits for its end');
  t.deepEqual(await diversion.left(), ['c1']);
  await diversion.forget('c1');
  t.false(await isMountPoint(memory));
  t.deepEqual(await diversion.left(), []);
});

test('what an agent left half done at any point is put right, and no line is lost', async (t) => {
  const { diversion, path, logs } = await rig(t);
  await rename(path, `${path}.aside`);
  await diversion.back(path);
  t.is(await readFile(path, 'utf8'), 'before\n', 'killed before the link was made');
  await diversion.point(path, 'c1');
  await diversion.back(path);
  t.true((await lstat(path)).isFile(), 'killed before the log was put back');
  await rename(path, `${path}.aside`);
  await writeFile(path, 'after\n');
  await diversion.back(path);
  t.deepEqual((await readdir(logs)).sort(), ['0.log', '0.log.1'], 'the runtime has begun another log meanwhile');
  t.is(await readFile(join(logs, '0.log.1'), 'utf8'), 'before\n');
  await diversion.back(path);
  t.is(await readFile(path, 'utf8'), 'after\n');
});

test('what the memory holds is bounded, and larger storms than a block are drained', async (t) => {
  const { diversion, path, memory } = await rig(t);
  await diversion.point(path, 'c1');
  await diversion.back(path);
  await t.throwsAsync(writeFile(join(memory, 'big'), Buffer.alloc(17 * 1024 * 1024)), { code: 'ENOSPC' });
  await rm(join(memory, 'big'));
  await appendFile(join(memory, 'c1'), 'x'.repeat(99).concat('\n').repeat(5000));
  t.deepEqual(await diversion.drain('c1', path, 'all', quiet), { kept: 500_000, dropped: 0 });
  t.deepEqual(diversion.sizes([path, '/nonexistent']), [500_007, undefined]);
});

test('who follows the log sees each line once while it is diverted, and who begins to read then waits a moment', async (t) => {
  const { diversion, path, memory } = await rig(t);
  const logs = createLogs(realClock);
  await writeFile(path, line('one'));
  let over = false;
  const seen: string[] = [];
  const read = async (follow: boolean): Promise<string> => {
    let text = '';
    const options = { follow, timestamps: false };
    for await (const block of logs.read(path, options, () => over, new AbortController().signal)) {
      text += Buffer.from(block).toString();
      if (follow) seen.push(text);
    }
    return text;
  };
  const following = read(true);
  await until('the first line is read', async () => seen.at(-1) === 'one\n');
  await diversion.point(path, 'c1');
  const late = read(false);
  await appendFile(join(memory, 'c1'), line('two'));
  await diversion.back(path);
  t.is(await late, 'one\n', 'and not what is in memory');
  await diversion.drain('c1', path, 'all', quiet);
  await until('the second line is read', async () => seen.at(-1) === 'one\ntwo\n');
  over = true;
  await appendFile(path, line('three'));
  t.is(await following, 'one\ntwo\nthree\n');
});
