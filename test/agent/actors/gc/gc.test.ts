import test from 'ava';
import { ImageFsError } from '../../../../src/agent/ports/image-fs.ts';
import { createDevice } from '../../../support/device.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const MINUTE = 60_000;

/** A device whose disk of 100 000 bytes holds what its images take, and one pod that uses one of them. */
async function withImages(sizes: Readonly<Record<string, number>>) {
  const device = createDevice();
  const { cri, imageFs } = device;
  const add = (name: string, sizeBytes: number, digests: readonly string[] = [`registry.test/${name}@sha256:0`]) => {
    const reference = `registry.test/${name}:1`;
    cri.images.set(reference, { id: `sha256:${name}`, tags: [reference], digests, sizeBytes, pinned: false });
  };
  for (const [name, size] of Object.entries(sizes)) add(name, size);
  imageFs.used = () => [...cri.images.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const agent = await device.boot();
  device.master.want(aPod());
  await agent.poke();
  const names = () => [...cri.images.keys()].map((name) => name.slice('registry.test/'.length, -2)).sort();
  const events = () =>
    device.master.events.map(({ reason, message }) => ({ reason: String(reason), message: String(message) }));
  return { ...device, agent, add, names, events };
}

test('above the high threshold the longest unused images go, until the low one is reached, and nothing that is needed', async (t) => {
  const { agent, clock, names, master, add } = await withImages({ app: 40_000, old: 3000, later: 5000 });
  add('byhand', 35_000, []);
  await clock.advance(5 * MINUTE);
  t.deepEqual(names(), ['app', 'byhand', 'later', 'old'], '83 of 100 are no reason');
  add('newest', 3000);
  // A pod that waits for another image names it, and so does its init container.
  master.want(
    aPod('waits', {
      spec: { initContainers: [aContainer('first', { image: 'registry.test/newest:1' })], nodeName: 'pi-7' },
    }),
  );
  await agent.poke();
  await clock.advance(5 * MINUTE);
  t.deepEqual(names(), ['app', 'byhand', 'newest'], 'down to 80 takes both that nothing needs');
  await agent.crash();
});

test('a shortage that stays is told with what was found and what could be freed, once an hour', async (t) => {
  const { agent, clock, names, events } = await withImages({ app: 90_000, free: 5000 });
  await clock.advance(5 * MINUTE + 1000);
  t.deepEqual(names(), ['app']);
  const [event = { message: 'none' }, ...others] = events().filter(({ reason }) => reason === 'FreeDiskSpaceFailed');
  t.deepEqual(others, []);
  t.regex(event.message, /90% full .*14.6 KiB had to be freed and 4.88 KiB were; .*1 in use by containers/);
  await clock.advance(30 * MINUTE);
  t.is(events().filter(({ reason }) => reason === 'FreeDiskSpaceFailed').length, 1);
  await agent.crash();
});

test('no image goes before two minutes, and those unused for too long go whatever room there is', async (t) => {
  const limits = {
    images: { highPercent: 85, lowPercent: 80, minAge: 2 * MINUTE, maxAge: 12 * MINUTE },
    dead: { perContainer: 1, total: -1 },
  };
  const device = await withImages({ app: 10_000 });
  await device.agent.crash();
  const agent = await device.boot({ gc: { imageFs: device.imageFs, limits } });
  await device.clock.advance(4 * MINUTE);
  device.add('young', 89_000);
  await device.clock.advance(MINUTE + 1);
  t.deepEqual(device.names(), ['app', 'young'], 'found a moment ago');
  await device.clock.advance(5 * MINUTE);
  t.deepEqual(device.names(), ['app']);
  device.add('idle', 10);
  await device.clock.advance(15 * MINUTE);
  t.deepEqual(device.names(), ['app', 'idle']);
  await device.clock.advance(5 * MINUTE);
  t.deepEqual(device.names(), ['app']);
  await agent.crash();
});

test('a disk that can not be looked at is told the second time', async (t) => {
  const { agent, clock, events, imageFs } = await withImages({ app: 1 });
  imageFs.failing = new ImageFsError('unreadable', 'no such path');
  await clock.advance(5 * MINUTE);
  t.false(events().some(({ reason }) => reason === 'ImageGCFailed'));
  await clock.advance(10 * MINUTE);
  t.is(events().filter(({ reason }) => reason === 'ImageGCFailed').length, 1);
  await agent.crash();
});

test('before pods would be evicted, images loaded by hand go that another tag has superseded, and no sooner', async (t) => {
  const { agent, clock, cri, master, pressure } = await withImages({});
  const load = (reference: string) =>
    cri.images.set(reference, {
      id: `sha256:${reference}`,
      tags: [reference],
      digests: [],
      sizeBytes: 10,
      pinned: false,
    });
  for (const one of ['site.test/app:1', 'site.test/app:2', 'site.test/other:1']) load(one);
  cri.images.set('nameless', { id: 'sha256:nameless', tags: [], digests: [], sizeBytes: 90_000, pinned: false });
  master.want(aPod('site', { spec: { containers: [aContainer('app', { image: 'site.test/app:2' })] } }));
  await agent.poke();
  await clock.advance(10 * MINUTE + 1000);
  const ofSite = () => [...cri.images.keys()].filter((name) => name.startsWith('site.test')).sort();
  t.deepEqual(ofSite(), ['site.test/app:1', 'site.test/app:2', 'site.test/other:1']);
  t.false(cri.images.has('nameless'));
  pressure.left('nodefs.available', 1);
  await clock.advance(15_000);
  t.deepEqual(ofSite(), ['site.test/app:2', 'site.test/other:1']);
  await agent.crash();
});
