/** Garbage collection on a real containerd, with images of a real registry: it frees what it may and keeps what it must. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { collectDead } from '../../src/agent/actors/gc/container-collector.ts';
import { imageCollector } from '../../src/agent/actors/gc/image-collector.ts';
import { podLabels } from '../../src/agent/core/pod/pod-labels.ts';
import { createCri } from '../../src/agent/io/cri/cri.ts';
import { createImageFs } from '../../src/agent/io/gc/image-fs.ts';
import { run } from '../../src/agent/io/run.ts';
import type { Cri } from '../../src/agent/ports/cri.ts';
import { dockerArchive } from '../support/archives.ts';
import { startTestContainerd, type TestContainerd } from '../support/containerd.ts';
import { sandboxConfig, shellConfig } from '../support/cri-configs.ts';
import { until } from '../support/eventually.ts';
import { BUSYBOX, PAUSE } from '../support/image-archive.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

let containerd: TestContainerd;
let registry: Registry;
let cri: Cri;

test.before(async () => {
  [containerd, registry] = await Promise.all([startTestContainerd(), startRegistry({ login: false })]);
  cri = createCri(containerd.socket);
});
test.after.always(async () => {
  cri?.close();
  await Promise.all([containerd?.stop(), registry?.stop()]);
});

const nameOf = (name: string) => `${registry.host}/gc/${name}:1`;

/** Puts an image of its own into the registry. */
async function push(name: string, padding: number): Promise<void> {
  const ctr = (...args: readonly string[]) =>
    run('ctr', ['--address', containerd.socket, '--namespace', 'scratch', 'images', ...args]);
  const path = join(containerd.dir, `${name}.tar`);
  writeFileSync(path, dockerArchive({ tag: nameOf(name), padding }));
  await ctr('import', path);
  await ctr('push', '--plain-http', nameOf(name));
  await ctr('remove', '--sync', nameOf(name));
}

const tags = async () => (await cri.listImages()).flatMap((image) => image.tags);

test.serial(
  'images that nothing needs go, and those of containers, of pods that wait, of sandboxes and loaded by hand stay',
  async (t) => {
    for (const [index, name] of ['used', 'waits', 'free', 'more'].entries()) {
      await push(name, 2000 + index);
      await cri.pullImage(nameOf(name), undefined);
    }
    const sandbox = sandboxConfig('user');
    const box = await cri.runSandbox(sandbox);
    const ended = await cri.createContainer(box, shellConfig(nameOf('used'), 'exit 0'), sandbox);
    await cri.startContainer(ended).catch(() => undefined);
    let now = 0;
    const collector = imageCollector({
      cri,
      imageFs: createImageFs(cri),
      limits: { highPercent: 1, lowPercent: 0, minAge: 120_000, maxAge: 0 },
      sandboxImage: PAUSE,
      assigned: async () => [nameOf('waits')],
      now: () => now,
    });
    await collector.note();
    t.deepEqual((await collector.routine()).removed, [], 'all are too new');
    now = 120_000;
    const { removed, shortage = '' } = await collector.routine();
    t.deepEqual(removed.flatMap((image) => image.tags).sort(), [nameOf('free'), nameOf('more')]);
    t.regex(shortage, /1 in use by containers .*1 named by pods that are to run here/);
    const left = await tags();
    for (const name of [nameOf('used'), nameOf('waits'), PAUSE, BUSYBOX]) t.true(left.includes(name), name);
    await cri.stopSandbox(box);
    await cri.removeSandbox(box);
    t.deepEqual(
      (await collector.all()).removed.flatMap((image) => image.tags),
      [nameOf('used')],
      'once nothing needs it',
    );
  },
);

test.serial('dead containers and sandboxes go, except the newest, and what lives stays', async (t) => {
  const labels = podLabels({ namespace: 'default', name: 'web', uid: 'uid-web' });
  const dead = sandboxConfig('web', { labels });
  const [first, second] = [await cri.runSandbox(dead), await cri.runSandbox({ ...dead, attempt: 1 })];
  const make = async (box: string, attempt: number, script: string) => {
    const id = await cri.createContainer(box, shellConfig(BUSYBOX, script, { attempt, labels }), dead);
    await cri.startContainer(id);
    return id;
  };
  const ids = [await make(first, 0, 'exit 1'), await make(second, 1, 'exit 1'), await make(second, 2, 'sleep 1000')];
  await until('two have ended', async () => {
    const states = (await cri.listContainers()).map(({ state }) => state);
    return states.filter((state) => state === 'exited').length === 2;
  });
  await cri.stopSandbox(first);
  t.deepEqual(await collectDead(cri, { perContainer: 1, total: -1 }), { containers: 1, sandboxes: 1, failed: [] });
  t.deepEqual((await cri.listContainers()).map(({ id }) => id).sort(), ids.slice(1).sort());
  t.deepEqual(
    (await cri.listSandboxes()).map(({ id }) => id),
    [second],
  );
  t.deepEqual(await collectDead(cri, { perContainer: 0, total: 0 }), { containers: 1, sandboxes: 0, failed: [] });
  t.deepEqual(
    (await cri.listContainers()).map(({ id }) => id),
    ids.slice(2),
  );
  t.deepEqual(await collectDead(cri, { perContainer: 0, total: 0 }), { containers: 0, sandboxes: 0, failed: [] });
});
