import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { diskUsage } from '../../../../src/agent/io/usage/disk-walk.ts';
import { upperDir } from '../../../../src/agent/io/usage/layers.ts';

const MIB = 1024 * 1024;

function folder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-walk-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('a folder takes what du says that it takes: links not followed, a file of two names once, a hole not', async (t) => {
  const dir = folder(t);
  const elsewhere = folder(t);
  writeFileSync(join(elsewhere, 'large'), Buffer.alloc(MIB, 1));
  mkdirSync(join(dir, 'a/b/c'), { recursive: true });
  writeFileSync(join(dir, 'a/one'), Buffer.alloc(MIB, 1));
  linkSync(join(dir, 'a/one'), join(dir, 'a/b/two'));
  symlinkSync(elsewhere, join(dir, 'a/b/away'));
  symlinkSync('..', join(dir, 'a/b/c/round'));
  writeFileSync(join(dir, 'a/b/c/hole'), '');
  truncateSync(join(dir, 'a/b/c/hole'), 1024 * MIB);
  const [bytes] = execFileSync('du', ['-s', '-B1', dir], { encoding: 'utf8' }).split('\t');
  const [inodes] = execFileSync('du', ['-s', '--inodes', dir], { encoding: 'utf8' }).split('\t');
  t.deepEqual(await diskUsage(dir), { usedBytes: Number(bytes), inodesUsed: Number(inodes) });
});

test('what is mounted inside is not counted', async (t) => {
  const dir = folder(t);
  const inner = join(dir, 'inner');
  mkdirSync(inner);
  const before = await diskUsage(dir);
  execFileSync('mount', ['-t', 'tmpfs', 'bramble-test', inner]);
  t.teardown(() => execFileSync('umount', [inner]));
  writeFileSync(join(inner, 'file'), Buffer.alloc(MIB, 1));
  const after = await diskUsage(dir);
  t.true((after?.usedBytes ?? MIB) <= (before?.usedBytes ?? 0));
});

test('a folder of very many entries is counted so far, and one that is not there is nothing', async (t) => {
  const dir = folder(t);
  for (let index = 0; index < 20; index += 1) writeFileSync(join(dir, String(index)), '');
  t.is((await diskUsage(dir, 10))?.inodesUsed, 11);
  t.is(await diskUsage(join(dir, 'none')), undefined);
});

test('the writable layer of a container is where its overlay writes to', (t) => {
  const overlay = 'rw,lowerdir=/s/1/fs,upperdir=/var/lib/containerd/s/12/fs,workdir=/var/lib/containerd/s/12/work';
  t.is(
    upperDir(`600 500 0:80 / / rw - overlay overlay ${overlay}\n601 600 0:5 / /proc rw - proc proc rw\n`),
    '/var/lib/containerd/s/12/fs',
  );
  t.is(upperDir('600 500 8:1 / / rw - ext4 /dev/root rw\n'), undefined);
  t.is(upperDir(''), undefined);
});
