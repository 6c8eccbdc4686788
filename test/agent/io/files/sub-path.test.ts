import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { isMountPoint, unmountUnder } from '../../../../src/agent/io/files/mounts.ts';
import { bindInside } from '../../../../src/agent/io/files/sub-path.ts';
import { PodFilesError } from '../../../../src/agent/ports/pod-files.ts';

/** A volume, the place that a part of it is bound to, and a secret outside of the volume. */
async function inVolume(work: (volume: string, target: string, outside: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-sub-path-'));
  const [volume, target, outside] = [join(dir, 'volume'), join(dir, 'places/app/0'), join(dir, 'outside')];
  try {
    await mkdir(volume);
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'of the node');
    await work(volume, target, outside);
  } finally {
    await unmountUnder(dir);
    await rm(dir, { recursive: true, force: true });
  }
}

test('folders and files are bound, and links that stay in the volume are followed', async (t) => {
  await inVolume(async (volume, target) => {
    await mkdir(join(volume, 'real/deep'), { recursive: true });
    await writeFile(join(volume, 'real/deep/file'), 'inside');
    await symlink('real', join(volume, 'link'));
    await bindInside(volume, 'link/deep', target);
    t.is(await readFile(join(target, 'file'), 'utf8'), 'inside');
    await bindInside(volume, 'link/deep/file', target);
    t.is(await readFile(target, 'utf8'), 'inside');
    await bindInside(volume, '.', target);
    t.is(await readFile(join(target, 'real/deep/file'), 'utf8'), 'inside');
  });
});

test.serial('what is missing is made, with the mode of the volume', async (t) => {
  await inVolume(async (volume, target) => {
    await mkdir(join(volume, 'shared'));
    await chmod(join(volume, 'shared'), 0o2770);
    const before = process.umask(0o077);
    try {
      await bindInside(join(volume, 'shared'), 'a/b', target);
    } finally {
      process.umask(before);
    }
    for (const path of ['a', 'a/b']) t.is((await stat(join(volume, 'shared', path))).mode & 0o7777, 0o2770);
  });
});

test('what was bound before is kept, and another file of that name is bound anew', async (t) => {
  await inVolume(async (volume, target) => {
    await writeFile(join(volume, 'file'), 'old');
    await bindInside(volume, 'file', target);
    await bindInside(volume, 'file', target);
    await writeFile(join(volume, 'next'), 'new');
    await rename(join(volume, 'next'), join(volume, 'file'));
    t.is(await readFile(target, 'utf8'), 'old', 'what runs keeps what it has');
    await bindInside(volume, 'file', target);
    t.is(await readFile(target, 'utf8'), 'new');
    await unmountUnder(target);
    t.false(await isMountPoint(target), 'one mount, not one on another');
  });
});

test('links that lead out of the volume are refused, whole or in the middle, there or dangling', async (t) => {
  await inVolume(async (volume, target, outside) => {
    await symlink(outside, join(volume, 'absolute'));
    await symlink('../outside', join(volume, 'relative'));
    await symlink('/nowhere/at/all', join(volume, 'dangling'));
    await symlink(volume, join(volume, 'self'));
    for (const path of ['absolute', 'relative/secret', 'absolute/made', 'self/absolute', '../outside', '/etc/passwd']) {
      await t.throwsAsync(bindInside(volume, path, target), { instanceOf: PodFilesError }, path);
      t.false(await isMountPoint(target), path);
    }
    await t.throwsAsync(bindInside(volume, 'dangling/made', target));
    await t.throwsAsync(stat(join(outside, 'made')), { code: 'ENOENT' });
  });
});

test('a link that is swapped in while it is bound never shows what is outside', async (t) => {
  await inVolume(async (volume, target, outside) => {
    const part = join(volume, 'part');
    await mkdir(join(volume, 'good'));
    await writeFile(join(volume, 'good/secret'), 'of the pod');
    let swapping = true;
    const swapper = (async () => {
      while (swapping) {
        for (const to of [outside, 'good']) {
          await symlink(to, join(volume, 'next'));
          await rename(join(volume, 'next'), part);
        }
      }
    })();
    let bound = 0;
    for (let round = 0; round < 60; round += 1) {
      try {
        await bindInside(volume, 'part', target);
        bound += 1;
      } catch (error) {
        t.true(error instanceof PodFilesError || (error instanceof Error && 'code' in error), String(error));
        continue;
      }
      t.is(await readFile(join(target, 'secret'), 'utf8'), 'of the pod');
    }
    swapping = false;
    await swapper;
    t.true(bound > 0);
  });
});
