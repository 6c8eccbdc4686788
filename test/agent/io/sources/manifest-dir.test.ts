import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createManifestDir } from '../../../../src/agent/io/sources/manifest-dir.ts';
import type { ManifestDir } from '../../../../src/agent/ports/manifests.ts';
import { realClock } from '../../../../src/common/actor/clock.ts';
import { silentLogger } from '../../../../src/common/actor/silent-logger.ts';
import { until } from '../../../support/eventually.ts';
import { FakeManifestDir } from '../../../support/fake-manifest-dir.ts';

/** A directory of the test's own; `path` is where the manifests would be, which is not there yet. */
function setUp(t: ExecutionContext) {
  const root = mkdtempSync(join(tmpdir(), 'bramble-manifests-'));
  const path = join(root, 'etc', 'manifests');
  const dir = createManifestDir(path, realClock, silentLogger);
  /** What was there when a change was last told: without being told it never changes. */
  let seen: Record<string, string> = {};
  let last = Promise.resolve();
  const unwatch = dir.watch(() => {
    last = last.then(async () => {
      seen = await texts(dir);
    });
  });
  t.teardown(() => {
    unwatch();
    rmSync(root, { recursive: true, force: true });
  });
  /** Waits until a change told that the file has that text, or is not there. */
  const noticed = async (what: string, name: string, text: string | undefined) => {
    await until(what, async () => seen[name] === text);
    t.pass();
  };
  return { root, path, dir, noticed };
}

async function texts(dir: ManifestDir): Promise<Record<string, string>> {
  const listing = await dir.list();
  if ('problem' in listing) return { problem: listing.problem };
  return Object.fromEntries(
    listing.files.map((file) => [file.name, 'problem' in file ? file.problem : Buffer.from(file.content).toString()]),
  );
}

for (const [kind, make] of [
  [
    'real',
    (t: ExecutionContext) => {
      const { path, dir } = setUp(t);
      mkdirSync(path, { recursive: true });
      return {
        dir,
        write: (name: string, text: string) => writeFileSync(join(path, name), text),
        remove: (name: string) => rmSync(join(path, name)),
      };
    },
  ],
  [
    'fake',
    () => {
      const dir = new FakeManifestDir();
      return { dir, write: dir.write.bind(dir), remove: dir.remove.bind(dir) };
    },
  ],
] as const) {
  test(`a ${kind} directory lists its files by name, and tells of each change until nobody listens`, async (t) => {
    const { dir, write, remove } = make(t);
    t.deepEqual(await dir.list(), { files: [] });
    let heard = 0;
    const unwatch = dir.watch(() => {
      heard += 1;
    });
    write('b.yaml', 'b');
    write('a.yaml', 'a');
    await until('the files are noticed', async () => heard > 0);
    t.deepEqual(Object.keys(await texts(dir)), ['a.yaml', 'b.yaml']);
    heard = 0;
    remove('a.yaml');
    await until('the removal is noticed', async () => heard > 0);
    t.deepEqual(await texts(dir), { 'b.yaml': 'b' });
    unwatch();
    unwatch();
  });
}

test('a directory that is missing is empty, and noticed when it is made, removed and made anew', async (t) => {
  const { root, path, dir, noticed } = setUp(t);
  t.deepEqual(await dir.list(), { files: [] });
  for (const text of ['first', 'second']) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'a.yaml'), text);
    await noticed('a file', 'a.yaml', text);
    rmSync(join(root, 'etc'), { recursive: true });
    await noticed('the end', 'a.yaml', undefined);
  }
});

test('files that are renamed into place, and links that are swapped, are noticed', async (t) => {
  const { root, path, noticed } = setUp(t);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(root, 'new'), 'renamed');
  renameSync(join(root, 'new'), join(path, 'a.yaml'));
  await noticed('the rename', 'a.yaml', 'renamed');
  // As Kubernetes' atomic writer does it: a link to a link to a folder, of which the middle one is swapped.
  for (const version of ['..1', '..2']) {
    mkdirSync(join(path, version));
    writeFileSync(join(path, version, 'b.yaml'), version);
  }
  symlinkSync('..1', join(path, '..data'));
  symlinkSync('..data/b.yaml', join(path, 'b.yaml'));
  await noticed('the link', 'b.yaml', '..1');
  symlinkSync('..2', join(path, '..data_tmp'));
  renameSync(join(path, '..data_tmp'), join(path, '..data'));
  await noticed('the swap', 'b.yaml', '..2');
});

test('a directory that is a link is noticed when the link is swapped, as git-sync does it', async (t) => {
  const { root, path, noticed } = setUp(t);
  mkdirSync(join(root, 'etc'));
  for (const version of ['1', '2']) {
    mkdirSync(join(root, version));
    writeFileSync(join(root, version, 'a.yaml'), version);
  }
  symlinkSync('../1', path);
  await noticed('the link', 'a.yaml', '1');
  symlinkSync('../2', join(root, 'etc', 'next'));
  renameSync(join(root, 'etc', 'next'), path);
  await noticed('the swap', 'a.yaml', '2');
  writeFileSync(join(root, '2', 'a.yaml'), '3');
  await noticed('a change behind the link', 'a.yaml', '3');
});

test('dot files, back-ups and directories are no manifests; what is no regular file, too large or to nowhere is told', async (t) => {
  const { path, dir } = setUp(t);
  mkdirSync(join(path, 'folder'), { recursive: true });
  for (const name of ['.hidden.yaml', 'old.yaml~', 'good.yaml']) writeFileSync(join(path, name), name);
  execFileSync('mkfifo', [join(path, 'fifo')]);
  writeFileSync(join(path, 'large'), '');
  truncateSync(join(path, 'large'), 1024 * 1024 + 1);
  writeFileSync(join(path, 'largest'), '');
  truncateSync(join(path, 'largest'), 1024 * 1024);
  symlinkSync('nowhere', join(path, 'link'));
  symlinkSync('loop', join(path, 'loop'));
  const { largest, ...others } = await texts(dir);
  t.is(largest?.length, 1024 * 1024);
  t.deepEqual(others, {
    'good.yaml': 'good.yaml',
    fifo: 'not a regular file',
    large: 'larger than 1048576 bytes',
    link: 'a symbolic link to nothing',
    loop: 'can not be read: too many symbolic links encountered (ELOOP)',
  });
});

test('200 files are read, and of too many the first 500', async (t) => {
  const { path, dir } = setUp(t);
  mkdirSync(path, { recursive: true });
  const name = (at: number) => `${String(at).padStart(3, '0')}.yaml`;
  for (let at = 0; at < 200; at += 1) writeFileSync(join(path, name(at)), String(at));
  t.deepEqual(Object.keys(await texts(dir)).length, 200);
  for (let at = 200; at < 501; at += 1) writeFileSync(join(path, name(at)), String(at));
  const read = await texts(dir);
  t.is(read['499.yaml'], '499');
  t.regex(read['500.yaml'] ?? '', /more than 500 files/);
});

test('a path that is no directory is a problem in words', async (t) => {
  const { root, path, dir } = setUp(t);
  mkdirSync(join(root, 'etc'));
  writeFileSync(path, 'a file');
  t.deepEqual(await dir.list(), {
    problem: `${path}: the manifests directory can not be read: not a directory (ENOTDIR)`,
  });
});
