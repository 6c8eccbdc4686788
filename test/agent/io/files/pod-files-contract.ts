/** What the agent relies on of every PodFiles: run against the disk and against the fake. */

import type { ExecutionContext, TestFn } from 'ava';
import { type PodFiles, PodFilesError } from '../../../../src/agent/ports/pod-files.ts';

export type PodFilesRig = {
  readonly files: PodFiles;
  /** What a file holds that a container would find there; undefined when there is none. */
  content(path: string): Promise<string | undefined>;
  /** A path of the device that does not exist. */
  readonly missing: string;
};

const pod = { namespace: 'default', name: 'web-1', uid: 'uid-1' };
const other = { namespace: 'farm', name: 'web.2', uid: 'uid-2' };
const file = (path: string, content: string, mode = 0o644) => ({ path, content: Buffer.from(content), mode });
const disk = { memory: false } as const;
const refused = { instanceOf: PodFilesError };

/** Declares the suite's tests; `inRig` makes a PodFiles that holds nothing, and cleans up. */
export function podFilesContract(
  test: TestFn,
  inRig: (work: (rig: PodFilesRig) => Promise<void>) => Promise<void>,
): void {
  const contract = (title: string, check: (t: ExecutionContext, rig: PodFilesRig) => Promise<void>): void =>
    test(`contract: ${title}`, (t) => inRig((rig) => check(t, rig)));

  contract('a volume holds exactly what was written last, at the same place', async (t, { files, content }) => {
    const dir = await files.writeVolume(pod, 'config', [file('a', '1'), file('sub/b', '2')], disk);
    t.deepEqual([await content(`${dir}/a`), await content(`${dir}/sub/b`)], ['1', '2']);
    t.is(await files.writeVolume(pod, 'config', [file('a', 'new'), file('c', '3')], disk), dir);
    t.deepEqual(await Promise.all(['a', 'sub/b', 'c'].map((name) => content(`${dir}/${name}`))), [
      'new',
      undefined,
      '3',
    ]);
    t.is(await files.writeVolume(pod, 'config', [], disk), dir);
    t.is(await content(`${dir}/a`), undefined);
  });

  contract('volumes of one pod, and of two, are apart', async (t, { files }) => {
    const places = await Promise.all([files.makeEmptyDir(pod, 'two', {}), files.makeEmptyDir(other, 'one', {})]);
    const one = await files.makeEmptyDir(pod, 'one', {});
    t.is(new Set([...places, one]).size, 3);
    t.is(await files.makeEmptyDir(pod, 'one', {}), one);
  });

  contract('each mount of a part of a volume has a place of its own, which stays', async (t, { files }) => {
    const root = await files.makeEmptyDir(pod, 'data', {});
    const bind = (container: string, index: number) =>
      files.bindSubPath(pod, { volume: 'data', root, path: 'a/b', container, index });
    const places = [await bind('app', 0), await bind('app', 1), await bind('side', 0)];
    t.is(new Set(places).size, 3);
    t.deepEqual([await bind('app', 0), await bind('app', 1), await bind('side', 0)], places);
  });

  contract('paths that lead out of a volume, and names that lead out of the pod, are refused', async (t, { files }) => {
    const root = await files.makeEmptyDir(pod, 'data', {});
    for (const path of ['../a', 'a/../../b', '/etc']) {
      const where = { volume: 'data', root, path, container: 'app', index: 0 };
      await t.throwsAsync(files.bindSubPath(pod, where), refused, path);
      await t.throwsAsync(files.writeVolume(pod, 'config', [file(path, '')], disk), refused, path);
    }
    await t.throwsAsync(files.makeEmptyDir({ ...pod, uid: '../other' }, 'data', {}), refused);
    await t.throwsAsync(files.makeEmptyDir(pod, '../data', {}), refused);
    await t.throwsAsync(files.writeFile(pod, '../hosts', ''), refused);
    await t.throwsAsync(files.remove({ ...pod, uid: '..' }), refused);
    t.throws(() => files.logDirectory({ ...pod, name: 'a/b' }), refused);
  });

  contract(
    'a file of the agent is read up to a bound, and one that is not there is refused',
    async (t, { files, content }) => {
      const path = await files.writeFile(pod, 'last-words', 'too long');
      t.is(await content(path), 'too long');
      t.is(await files.readFile(pod, 'last-words', 3), 'too');
      t.is(await files.writeFile(pod, 'last-words', 'x'), path);
      t.is(await files.readFile(pod, 'last-words', 3), 'x');
      await t.throwsAsync(files.readFile(pod, 'none', 3), refused);
    },
  );

  contract('a hostPath that is not there is refused where its type wants it', async (t, { files, missing }) => {
    await t.throwsAsync(files.checkHostPath(missing, 'Directory'), {
      ...refused,
      message: /hostPath type check failed/,
    });
  });

  contract(
    'the volumes of a pod can go before it: what the agent wrote for it stays',
    async (t, { files, content }) => {
      const dir = await files.writeVolume(pod, 'config', [file('a', '1')], disk);
      const words = await files.writeFile(pod, 'last-words', 'bye');
      await files.removeVolumes(pod);
      await files.removeVolumes(pod);
      t.deepEqual([await content(`${dir}/a`), await content(words)], [undefined, 'bye']);
      t.deepEqual(await files.list(), [pod]);
    },
  );

  contract(
    'pods that have something are listed, until it is removed; removing again does nothing',
    async (t, { files, content }) => {
      t.deepEqual(await files.list(), []);
      const dir = await files.writeVolume(pod, 'config', [file('a', '1')], disk);
      await files.writeFile(other, 'hosts', '');
      t.deepEqual(
        [...(await files.list())].sort((one, two) => one.uid.localeCompare(two.uid)),
        [pod, other],
      );
      await files.remove(pod);
      await files.remove(pod);
      t.deepEqual(await files.list(), [other]);
      t.is(await content(`${dir}/a`), undefined);
    },
  );
}
