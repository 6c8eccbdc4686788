import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { boundRuntimeLog, openRuntimeLog } from '../../../../src/agent/io/containerd/runtime-log.ts';
import { unmountUnder } from '../../../../src/agent/io/files/mounts.ts';

const MIB = 2 ** 20;

test('a log is cut while it is written to, its end is kept, and without anybody to cut it memory bounds it', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-runtime-log-'));
  const path = join(dir, 'log', 'containerd.log');
  try {
    await boundRuntimeLog(path);
    const log = await openRuntimeLog(path);
    try {
      await log.write('first\n');
      await boundRuntimeLog(path);
      t.is(await readFile(path, 'utf8'), 'first\n');
      for (let at = 0; at < 6; at += 1) await log.write(Buffer.alloc(MIB, 'x')).catch(() => undefined);
      t.true((await stat(path)).size <= 4 * MIB);
      await boundRuntimeLog(path);
      t.is((await stat(path)).size, 0);
      t.is((await stat(`${path}.1`)).size, MIB);
      await log.write('next\n');
      t.is(await readFile(path, 'utf8'), 'next\n');
    } finally {
      await log.close();
    }
  } finally {
    await unmountUnder(dir);
    await rm(dir, { recursive: true, force: true });
  }
});
