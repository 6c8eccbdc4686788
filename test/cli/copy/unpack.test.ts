import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { pack } from '../../../src/cli/copy/pack.ts';
import { placeOf } from '../../../src/cli/copy/places.ts';
import { unpack } from '../../../src/cli/copy/unpack.ts';
import { type TarHeader, tarEnd, tarHeader, tarPadding } from '../../../src/common/lib/tar-write.ts';

type Member = Pick<TarHeader, 'path' | 'kind'> & { readonly target?: string; readonly text?: string };

async function* archive(...members: readonly Member[]): AsyncGenerator<Uint8Array> {
  for (const { text = '', ...member } of members) {
    yield tarHeader({ ...member, mode: 0o755, uid: 0, gid: 0, mtime: 0, size: text.length });
    yield Buffer.from(text);
    yield tarPadding(text.length);
  }
  yield tarEnd();
}

async function rig(t: ExecutionContext) {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-unpack-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const to = join(dir, 'to');
  const skipped: string[] = [];
  const options = { name: 'data', to, preserve: true, skipped: async (words: string) => void skipped.push(words) };
  return { dir, to, skipped, extract: (...members: readonly Member[]) => unpack(archive(...members), options) };
}

test('nothing is written outside of the target, whatever the archive says', async (t) => {
  const { dir, to, skipped, extract } = await rig(t);
  const before = await readdir(dir);
  await extract(
    { path: 'data', kind: 'directory' },
    { path: 'data/../../escaped', kind: 'file', text: 'x' },
    { path: '/etc/escaped', kind: 'file', text: 'x' },
    { path: 'other/escaped', kind: 'file', text: 'x' },
    { path: 'data/out', kind: 'symlink', target: '/tmp' },
    { path: 'data/up', kind: 'symlink', target: '../../escaped' },
    { path: 'data/in', kind: 'symlink', target: 'sub/../../..' },
    { path: 'data/good', kind: 'file', text: 'good' },
    { path: 'data/link', kind: 'symlink', target: 'good' },
    { path: 'data/sub/back', kind: 'symlink', target: '../good' },
  );
  t.deepEqual(await readdir(dir), [...before, 'to']);
  t.deepEqual((await readdir(to)).sort(), ['good', 'link', 'sub']);
  t.is(await readlink(join(to, 'link')), 'good');
  t.is(await readFile(join(to, 'sub', 'back'), 'utf8'), 'good');
  t.is(skipped.length, 6);
});

test('no file is written through a link, be it of the archive or there before', async (t) => {
  const { dir, to, extract } = await rig(t);
  const outside = join(dir, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'file'), 'untouched');
  await mkdir(to);
  await symlink(outside, join(to, 'there'));
  await symlink(join(outside, 'file'), join(to, 'file'));
  await extract({ path: 'data/file', kind: 'file', text: 'new' });
  t.is(await readFile(join(outside, 'file'), 'utf8'), 'untouched');
  t.true((await lstat(join(to, 'file'))).isFile());
  const through = extract({ path: 'data/there/evil', kind: 'file', text: 'x' });
  await t.throwsAsync(through, { message: /there is there and is no directory/ });
  t.false(existsSync(join(outside, 'evil')));
  // A link first, and then a file below it.
  await extract(
    { path: 'data/l', kind: 'symlink', target: '..' },
    { path: 'data/l/evil', kind: 'file', text: 'x' },
  ).catch(() => {});
  t.false(existsSync(join(dir, 'evil')));
});

test('a tree is packed and unpacked as it was; what is no file is told', async (t) => {
  const { dir, to, skipped } = await rig(t);
  const from = join(dir, 'from');
  await mkdir(join(from, 'empty'), { recursive: true });
  await writeFile(join(from, 'a'), 'a'.repeat(700_000), { mode: 0o640 });
  await symlink('a', join(from, 'b'));
  const options = { name: 'x', to, preserve: true, skipped: async (words: string) => void skipped.push(words) };
  t.is(await unpack(pack(from, 'x', options.skipped), options), 1);
  t.is(await readFile(join(to, 'b'), 'utf8'), 'a'.repeat(700_000));
  t.is((await lstat(join(to, 'a'))).mode & 0o777, 0o640);
  t.deepEqual((await readdir(to)).sort(), ['a', 'b', 'empty']);
  const [packed] = [pack('/dev/null', 'null', options.skipped)];
  for await (const _bytes of packed);
  t.deepEqual(skipped, ['/dev/null']);
});

test('a place is here or in a pod', (t) => {
  t.deepEqual(placeOf('web:/data'), { in: 'pod', pod: 'web', path: '/data' });
  t.deepEqual(placeOf('ns/web:data:x'), { in: 'pod', namespace: 'ns', pod: 'web', path: 'data:x' });
  t.deepEqual(placeOf('./a:b'), { in: 'here', path: './a:b' });
  t.deepEqual(placeOf('/a:b'), { in: 'here', path: '/a:b' });
  t.deepEqual(placeOf('a'), { in: 'here', path: 'a' });
  for (const bad of ['', ':x', 'web:', 'a/b/c:x']) t.throws(() => placeOf(bad), { message: /./ });
});
