import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { mountPoints, mountsUnder, mountTmpfs, unmountUnder } from '../../../../src/agent/io/files/mounts.ts';
import { createPodFiles } from '../../../../src/agent/io/files/pod-files.ts';
import { type PodFiles, PodFilesError } from '../../../../src/agent/ports/pod-files.ts';
import { podFilesContract } from './pod-files-contract.ts';

podFilesContract(test, (work) =>
  inFolder((files, dir) =>
    work({
      files,
      missing: join(dir, 'missing'),
      content: (path) => readFile(path, 'utf8').catch(() => undefined),
    }),
  ),
);

const pod = { namespace: 'default', name: 'web-1', uid: 'uid-1' };
const file = (path: string, content: string, mode = 0o644) => ({ path, content: Buffer.from(content), mode });

async function inFolder(work: (files: PodFiles, dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-pod-files-'));
  try {
    await work(createPodFiles({ dataDir: dir, logDir: join(dir, 'logs') }), dir);
  } finally {
    await unmountUnder(dir);
    await rm(dir, { recursive: true, force: true });
  }
}

test('a file takes the place of the folder that was made for a subPath before there was the file', async (t) => {
  await inFolder(async (files) => {
    const root = await files.writeVolume(pod, 'config', [file('a', '1')], { memory: false });
    const where = { volume: 'config', root, path: 'later', container: 'web', index: 0 };
    const shown = await files.bindSubPath(pod, where);
    t.true((await stat(shown)).isDirectory());
    await files.writeVolume(pod, 'config', [file('a', '1'), file('later', '2')], { memory: false });
    t.is(await readFile(join(root, 'later'), 'utf8'), '2');
    t.is(await readFile(await files.bindSubPath(pod, where), 'utf8'), '2', 'the next container has the file');
  });
});

test('a volume holds its files, with their modes, and follows what is written next', async (t) => {
  await inFolder(async (files) => {
    const dir = await files.writeVolume(pod, 'config', [file('a', '1', 0o600), file('sub/b', '2')], { memory: false });
    t.is(await readFile(join(dir, 'a'), 'utf8'), '1');
    t.is((await stat(join(dir, 'a'))).mode & 0o777, 0o600);
    t.is(await readFile(join(dir, 'sub/b'), 'utf8'), '2');
    await files.writeVolume(pod, 'config', [file('a', 'new'), file('c', '3')], { memory: false });
    t.is(await readFile(join(dir, 'a'), 'utf8'), 'new');
    t.deepEqual(
      (await readdir(dir)).filter((name) => !name.startsWith('..')),
      ['a', 'c'],
    );
    t.is((await readdir(dir)).filter((name) => name.startsWith('..')).length, 2);
  });
});

test('a volume that holds the same already is not written again', async (t) => {
  await inFolder(async (files) => {
    const write = () => files.writeVolume(pod, 'config', [file('a', '1')], { memory: false });
    const before = await readlink(join(await write(), '..data'));
    t.is(await readlink(join(await write(), '..data')), before);
  });
});

test('a link that an agent did not come to make is made, though the content is there', async (t) => {
  await inFolder(async (files) => {
    const write = () => files.writeVolume(pod, 'config', [file('a', '1'), file('b', '2')], { memory: false });
    const dir = await write();
    await rm(join(dir, 'b'));
    await mkdir(join(dir, '..v-half'));
    const before = await readlink(join(dir, '..data'));
    t.is(await readFile(join(await write(), 'b'), 'utf8'), '2');
    t.deepEqual((await readdir(dir)).sort(), ['..data', before, 'a', 'b'].sort());
  });
});

test('a reader of two files never sees one old and one new', async (t) => {
  await inFolder(async (files) => {
    const write = (text: string) =>
      files.writeVolume(pod, 'config', [file('a', text), file('b', text)], { memory: false });
    const dir = await write('0');
    let writing = true;
    const writer = (async () => {
      for (let round = 1; round <= 50; round += 1) await write(String(round));
      writing = false;
    })();
    while (writing) {
      const seen = await readlink(join(dir, '..data'));
      const both = [join(dir, seen, 'a'), join(dir, seen, 'b')].map((path) => readFile(path, 'utf8'));
      const [a, b] = await Promise.all(both).catch(() => ['replaced', 'replaced']);
      t.is(a, b);
    }
    await writer;
  });
});

test('a volume in memory is a bounded tmpfs, and goes with its pod', async (t) => {
  await inFolder(async (files, dir) => {
    const secret = await files.writeVolume(pod, 'secret', [file('key', 's3cret')], { memory: true, fsGroup: 2000 });
    t.deepEqual(await mountsUnder(secret), [secret]);
    t.like(await stat(join(secret, 'key')), { gid: 2000 });
    const cache = await files.makeEmptyDir(pod, 'cache', { memoryBytes: 64 * 1024 });
    await t.throwsAsync(writeFile(join(cache, 'big'), Buffer.alloc(128 * 1024)), { code: 'ENOSPC' });
    await files.makeEmptyDir(pod, 'cache', { memoryBytes: 64 * 1024 });
    t.is((await mountsUnder(cache)).length, 1);
    await files.remove(pod);
    t.deepEqual(await mountsUnder(dir), []);
    t.deepEqual(await files.list(), []);
  });
});

test('an empty directory keeps what is in it, and its group writes there', async (t) => {
  await inFolder(async (files) => {
    const make = () => files.makeEmptyDir(pod, 'data', { fsGroup: 3000 });
    await writeFile(join(await make(), 'kept'), 'yes');
    const dir = await make();
    t.is(await readFile(join(dir, 'kept'), 'utf8'), 'yes');
    t.like(await stat(dir), { gid: 3000 });
    t.is((await stat(dir)).mode & 0o7777, 0o2777);
  });
});

test('removing a pod removes its links and not what they lead to', async (t) => {
  await inFolder(async (files, dir) => {
    await mkdir(join(dir, 'outside'));
    await writeFile(join(dir, 'outside/kept'), '');
    const volume = await files.makeEmptyDir(pod, 'data', {});
    await symlink(join(dir, 'outside'), join(volume, 'link'));
    await files.remove(pod);
    t.true((await lstat(join(dir, 'outside/kept'))).isFile());
  });
});

test('pods are listed by their folders and by their logs', async (t) => {
  await inFolder(async (files) => {
    await files.makeEmptyDir(pod, 'data', {});
    const other = { namespace: 'kube-system', name: 'logs.only', uid: 'uid-2' };
    await mkdir(files.logDirectory(other), { recursive: true });
    t.deepEqual(
      [...(await files.list())].sort((one, two) => one.uid.localeCompare(two.uid)),
      [pod, other],
    );
  });
});

test('a termination message is read up to its bound, and never through a link', async (t) => {
  await inFolder(async (files) => {
    const path = await files.writeFile(pod, 'last-words', 'x'.repeat(100), 0o666);
    t.is((await stat(path)).mode & 0o777, 0o666);
    t.is(await files.readFile(pod, 'last-words', 10), 'x'.repeat(10));
    await rm(path);
    await symlink('/etc/passwd', path);
    await t.throwsAsync(files.readFile(pod, 'last-words', 10), {
      instanceOf: PodFilesError,
      message: /^file last-words can not be read: files\/last-words .*\(ELOOP\)$/,
    });
  });
});

test('a full disk is an error in words, leaves nothing behind, and the next try finds what was freed', async (t) => {
  await inFolder(async (_, dir) => {
    const small = join(dir, 'small');
    await mkdir(small);
    await mountTmpfs(small, 256 * 1024);
    const files = createPodFiles({ dataDir: small, logDir: join(small, 'logs') });
    const write = (name: string) => files.writeVolume(pod, 'config', [file(name, 'x'.repeat(96 * 1024))], memory);
    const memory = { memory: false };
    await write('first');
    await writeFile(join(small, 'filler'), 'x'.repeat(100 * 1024));
    const full = {
      instanceOf: PodFilesError,
      message: /^files can not be written: .*no space left on device \(ENOSPC\)$/,
    };
    await t.throwsAsync(write('second'), full);
    const volume = join(small, 'pods', pod.uid, 'volumes/config');
    t.is((await readdir(volume)).filter((name) => name.startsWith('..v-')).length, 1, 'half a set is not left');
    await rm(join(small, 'filler'));
    await t.notThrowsAsync(write('second'));
  });
});

test('a pod without files has no last words, and a path in a file is a refusal', async (t) => {
  await inFolder(async (files, dir) => {
    await t.throwsAsync(files.readFile(pod, 'last-words', 10), {
      instanceOf: PodFilesError,
      message: 'file last-words can not be read: files/last-words no such file or directory (ENOENT)',
    });
    await writeFile(join(dir, 'pods'), '');
    await t.throwsAsync(files.makeEmptyDir(pod, 'data', {}), {
      instanceOf: PodFilesError,
      message: /^the directory can not be made: .*\((ENOTDIR|EEXIST)\)$/,
    });
  });
});

test('a hostPath must be what its type says', async (t) => {
  await inFolder(async (files, dir) => {
    const [folder, plain, socket] = ['folder', 'plain', 'socket'].map((name) => join(dir, name));
    if (folder === undefined || plain === undefined || socket === undefined) throw new Error('three paths');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    await t.notThrowsAsync(files.checkHostPath(folder, ''));
    await t.throwsAsync(files.checkHostPath(folder, 'Directory'), { message: /is not a directory: it does not exist/ });
    await t.notThrowsAsync(files.checkHostPath(folder, 'DirectoryOrCreate'));
    await t.notThrowsAsync(files.checkHostPath(folder, 'Directory'));
    await t.notThrowsAsync(files.checkHostPath(plain, 'FileOrCreate'));
    await chmod(plain, 0o600);
    await t.throwsAsync(files.checkHostPath(plain, 'Directory'), {
      message: /is not a directory, but a file/,
    });
    await t.notThrowsAsync(files.checkHostPath(socket, 'Socket'));
    await t.notThrowsAsync(files.checkHostPath('/dev/null', 'CharDevice'));
    await t.throwsAsync(files.checkHostPath('/dev/null', 'BlockDevice'), {
      message: /is not a block device, but a character device/,
    });
    await t.throwsAsync(files.checkHostPath('relative', ''), { instanceOf: PodFilesError });
    await t.throwsAsync(files.checkHostPath(plain, 'Files'), { message: /Files.*accepted/ });
    server.close();
  });
});

test('the kernel writes a blank in a mount point as an octal number', (t) => {
  t.deepEqual(mountPoints('36 35 98:0 / /mnt/a\\040b rw - ext3 /dev/root rw\n'), ['/mnt/a b']);
});

test.serial('modes are as they are asked for, whatever the umask of the process', async (t) => {
  const before = process.umask(0o077);
  try {
    await inFolder(async (files, dir) => {
      const volume = await files.writeVolume(pod, 'config', [file('sub/deep/a', '1')], {
        memory: false,
        fsGroup: 2000,
      });
      for (const path of ['', 'sub', 'sub/deep', 'sub/deep/a'].map((part) => join(volume, part))) {
        t.is((await stat(path)).mode & 0o055, path.endsWith('a') ? 0o044 : 0o055, path);
      }
      t.like(await stat(join(volume, 'sub/deep')), { gid: 2000 });
      await files.checkHostPath(join(dir, 'made/folder'), 'DirectoryOrCreate');
      await files.checkHostPath(join(dir, 'made/file'), 'FileOrCreate');
      const modes = await Promise.all(['made', 'made/folder', 'made/file'].map((path) => stat(join(dir, path))));
      t.deepEqual(
        modes.map(({ mode }) => mode & 0o777),
        [0o755, 0o755, 0o644],
      );
    });
  } finally {
    process.umask(before);
  }
});

test('a volume that is in use is not removed, which is said, and goes when it is not used any more', async (t) => {
  await inFolder(async (files) => {
    const cache = await files.makeEmptyDir(pod, 'cache', { memoryBytes: 65_536 });
    const used = await open(join(cache, 'used'), 'w');
    await t.throwsAsync(files.remove(pod), {
      instanceOf: PodFilesError,
      message: /directories can not be removed: umount.*busy/,
    });
    t.deepEqual(await mountsUnder(cache), [cache]);
    await used.close();
    await files.remove(pod);
    t.deepEqual(await files.list(), []);
  });
});

test('a data directory behind a link keeps its mounts and removes them', async (t) => {
  await inFolder(async (_, dir) => {
    await mkdir(join(dir, 'real'));
    await symlink(join(dir, 'real'), join(dir, 'link'));
    const files = createPodFiles({ dataDir: join(dir, 'link'), logDir: join(dir, 'logs') });
    const make = () => files.makeEmptyDir(pod, 'cache', { memoryBytes: 65_536 });
    await make();
    await make();
    t.is((await mountsUnder(dir)).length, 1);
    await files.remove(pod);
    t.deepEqual(await mountsUnder(dir), []);
  });
});

test('killed at any instant, what it left is finished or removed, and what was bound from elsewhere stays', async (t) => {
  const instants = fc.sample(fc.integer({ min: 0, max: 120 }), 8);
  for (const instant of instants) {
    await inFolder(async (files, dir) => {
      const host = join(dir, 'host');
      await mkdir(host);
      await writeFile(join(host, 'kept'), 'yes');
      const loop = spawn(process.execPath, ['--import=tsx', 'test/support/pod-files-loop.ts', dir, host], {
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(loop.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, instant));
      // With the programs that it runs, as the service manager does.
      if (loop.pid !== undefined) process.kill(-loop.pid, 'SIGKILL');
      await once(loop, 'exit');
      const keys = await files.writeVolume(pod, 'keys', [file('a', 'new')], { memory: true });
      t.is(await readFile(join(keys, 'a'), 'utf8'), 'new');
      t.true((await mountsUnder(keys)).length >= 1, 'keys are in memory');
      const part = await files.bindSubPath(pod, { volume: 'keys', root: keys, path: 'a', container: 'app', index: 0 });
      t.is(await readFile(part, 'utf8'), 'new');
      await files.remove(pod);
      t.deepEqual(await mountsUnder(dir), []);
      t.deepEqual(await files.list(), []);
      t.is(await readFile(join(host, 'kept'), 'utf8'), 'yes');
    });
  }
});
