import test from 'ava';
import fc from 'fast-check';
import {
  bytesOver,
  expiredImages,
  type ImageLimits,
  type ImageTimes,
  imagesFor,
  judgeImages,
  timesOf,
} from '../../../../src/agent/core/gc/image-gc.ts';
import { holders } from '../../../../src/agent/core/gc/image-holders.ts';
import type { Image } from '../../../../src/agent/core/runtime-model.ts';

const limits: ImageLimits = { highPercent: 85, lowPercent: 80, minAge: 120_000, maxAge: 0 };

const image = (name: string, more: Partial<Image> = {}): Image => ({
  id: `sha256:${name}`,
  tags: [`registry.test/${name}:1`],
  digests: [`registry.test/${name}@sha256:${'a'.repeat(64)}`],
  sizeBytes: 100,
  pinned: false,
  ...more,
});

const names = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { minLength: 1 });
const device = fc.record({
  images: names.chain((all) =>
    fc.tuple(
      ...all.map((name) =>
        fc.record({
          image: fc.record({ size: fc.integer({ min: 1, max: 1000 }), pinned: fc.boolean(), loaded: fc.boolean() }),
          seen: fc.integer({ min: 0, max: 300_000 }),
          held: fc.integer({ min: 0, max: 300_000 }),
          name: fc.constant(name),
        }),
      ),
    ),
  ),
  used: fc.subarray([...'abcdefghij']),
  assigned: fc.subarray([...'abcdefghij']),
  sandbox: fc.constantFrom(...'abcdefghij'),
  bytes: fc.integer({ min: 0, max: 5000 }),
  minAge: fc.integer({ min: 0, max: 200_000 }),
});

test('only what nothing needs and is old enough goes, the longest unused first, and no more than is asked for', (t) => {
  fc.assert(
    fc.property(device, ({ images, used, assigned, sandbox, bytes, minAge }) => {
      const now = 300_000;
      const all = images.map(({ name, image: { size, pinned, loaded } }) =>
        image(name, { sizeBytes: size, pinned, ...(loaded ? { digests: [] } : {}) }),
      );
      const before: ImageTimes = new Map(
        images.map(({ name, seen, held }) => [`sha256:${name}`, { seen, held: Math.max(seen, held) }]),
      );
      const holderOf = holders({
        containers: used.map((name) => ({ image: `registry.test/${name}:1`, imageRef: `sha256:${name}` })),
        assigned: assigned.map((name) => `registry.test/${name}:1`),
        sandboxImage: `registry.test/${sandbox}:1`,
      });
      const judged = judgeImages(all, holderOf, before, now);
      const going = imagesFor(bytes, judged, minAge, now);
      const needed = new Set([...used, ...assigned, sandbox].map((name) => `sha256:${name}`));
      for (const one of going) {
        t.false(needed.has(one.id) || one.pinned || one.digests.length === 0);
        t.true(now - (before.get(one.id)?.seen ?? now) >= minAge);
      }
      const heldAt = (id: string) => before.get(id)?.held ?? now;
      const left = judged.filter(
        (one) => one.holder === undefined && now - one.seen >= minAge && !going.includes(one.image),
      );
      for (const one of going) for (const other of left) t.true(heldAt(one.id) <= heldAt(other.image.id));
      const sum = going.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
      t.true(sum - (going.at(-1)?.sizeBytes ?? 0) < bytes || going.length === 0, 'none more than needed');
      t.true(sum >= bytes || left.length === 0, 'enough, or all that may go');
    }),
  );
});

test('an image counts from when it was found, or from when something held it last', (t) => {
  const free = () => undefined;
  const one = image('a');
  let times: ImageTimes = new Map();
  const look = (holder: 'used' | undefined, now: number) => {
    const judged = judgeImages([one], () => holder, times, now);
    times = timesOf(judged);
    return judged;
  };
  look(undefined, 1000);
  t.deepEqual(times.get(one.id), { seen: 1000, held: 1000 });
  look('used', 5000);
  t.deepEqual(times.get(one.id), { seen: 1000, held: 5000 });
  const judged = look(undefined, 400_000);
  t.deepEqual(times.get(one.id), { seen: 1000, held: 5000 });
  const aged = { ...limits, maxAge: 300_000 };
  t.deepEqual(expiredImages(judged, aged, 305_000), []);
  t.deepEqual(expiredImages(judged, aged, 305_001), [one]);
  t.deepEqual(expiredImages(judged, limits, 9e15), [], '0 is never');
  t.deepEqual(timesOf(judgeImages([], free, times, 1)).size, 0, 'what has gone is forgotten');
});

test('images go from the high threshold on, down to the low one', (t) => {
  const room = (used: number) => ({ capacityBytes: 1000, availableBytes: 1000 - used });
  t.is(bytesOver(room(849), limits), 0);
  t.is(bytesOver(room(850), limits), 50);
  t.is(bytesOver(room(1000), limits), 200);
  t.is(bytesOver({ capacityBytes: 0, availableBytes: 0 }, limits), 0);
});

test('an image is known by every name that a manifest may give it', (t) => {
  const digest = `sha256:${'b'.repeat(64)}`;
  const box = image('x', {
    tags: ['docker.io/library/busybox:latest'],
    digests: [`docker.io/library/busybox@${digest}`],
  });
  const assigned = (reference: string) =>
    holders({ containers: [], assigned: [reference], sandboxImage: 'bramble.local/pause:1' })(box);
  for (const reference of ['busybox', 'docker.io/busybox', 'library/busybox:latest', `busybox@${digest}`, box.id]) {
    t.is(assigned(reference), 'assigned', reference);
  }
  t.is(assigned('busybox:1.36'), undefined);
});
