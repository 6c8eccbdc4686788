import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createWriteMeter } from '../../../../src/agent/io/gc/write-meter.ts';

test('what the agent wrote is without what was taken back, and the total is of the whole disk', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'bramble-meter-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const { dev } = await stat(root);
  const numbers = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
  const disk = join(root, 'sys/devices/mmcblk0');
  const part = join(disk, 'mmcblk0p2');
  await mkdir(part, { recursive: true });
  await mkdir(join(root, 'sys/dev/block'), { recursive: true });
  await mkdir(join(root, 'proc/self'), { recursive: true });
  await writeFile(join(disk, 'dev'), '179:0\n');
  await writeFile(join(part, 'partition'), '2\n');
  await symlink(part, join(root, 'sys/dev/block', numbers));
  await writeFile(join(root, 'proc/self/io'), 'rchar: 1\nwrite_bytes: 40960\ncancelled_write_bytes: 4096\n');
  const line = ' 179       0 mmcblk0 10 0 20 0 30 0 50 0 0 0 0\n 179       2 mmcblk0p2 1 0 2 0 3 0 4 0 0 0 0\n';
  await writeFile(join(root, 'proc/diskstats'), line);
  t.deepEqual(await createWriteMeter(root, root).read(), { agent: 36_864, total: 25_600 });
});

test('what the kernel does not tell is left out', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'bramble-meter-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  t.deepEqual(await createWriteMeter(root, root).read(), {});
});
