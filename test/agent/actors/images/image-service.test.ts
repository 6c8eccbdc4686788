import { createHash } from 'node:crypto';
import test from 'ava';
import type { PieceRequest } from '../../../../src/common/wire/images-protocol.ts';
import { createDevice } from '../../../support/device.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const archive = Buffer.from('an archive of images, as far as this test is concerned');
const digest = `sha256:${sha256(archive)}`;
const size = archive.length;
const begin = { verb: 'begin' as const, digest, size, platforms: ['linux/arm64'], force: false };
const finish = { verb: 'import' as const, digest, size, names: ['shop/till:1'] };

function piece(offset: number, length: number, change: Partial<PieceRequest> = {}): PieceRequest {
  const bytes = archive.subarray(offset, offset + length);
  return { verb: 'piece', digest, offset, sum: sha256(bytes), bytes, ...change };
}

test('an archive comes in pieces, is imported once it is whole, and its end is told', async (t) => {
  const { imageServer: server, store, clock, boot } = createDevice();
  const agent = await boot();
  t.deepEqual(await server.ask(begin), { ok: true, have: 0 });
  t.like(await server.ask(finish), { ok: false, code: 'not-found' });
  t.deepEqual(await server.ask(piece(0, 20)), { ok: true, have: 20 });
  t.deepEqual(await server.ask(piece(20, 100)), { ok: true, have: size });
  t.deepEqual(await server.ask(finish), { ok: true });
  await clock.settle();
  t.deepEqual(await server.ask(finish), { ok: true, images: ['shop/till:1'] });
  t.deepEqual(await server.ask(finish), { ok: true, images: ['shop/till:1'] }, 'an answer may get lost');
  t.deepEqual(store.imported, ['shop/till:1']);
  t.deepEqual(await server.ask(begin), { ok: true, have: 0 });
  t.like(await server.ask(finish), { ok: false, code: 'not-found' }, 'it is another import');
  await agent.crash();
});

test('a piece that comes twice, too early or damaged changes nothing, and the device says how far it is', async (t) => {
  const { imageServer: server, store, boot } = createDevice();
  const agent = await boot();
  await server.ask(begin);
  t.deepEqual(await server.ask(piece(20, 10)), { ok: true, have: 0 });
  t.deepEqual(await server.ask(piece(0, 20)), { ok: true, have: 20 });
  t.deepEqual(await server.ask(piece(0, 20)), { ok: true, have: 20 });
  t.deepEqual(await server.ask(piece(10, 20)), { ok: true, have: 20 });
  t.like(await server.ask(piece(20, 10, { sum: '0'.repeat(64) })), { ok: false, code: 'corrupt' });
  t.like(await server.ask(piece(20, 10, { offset: size - 5 })), { ok: false, code: 'invalid' });
  t.deepEqual(store.archives.get(digest), archive.subarray(0, 20));
  const both = await Promise.all([server.ask(piece(20, 10)), server.ask(piece(20, 10))]);
  t.deepEqual(both, [
    { ok: true, have: 30 },
    { ok: true, have: 30 },
  ]);
  await agent.crash();
});

test('a transfer goes on where it stopped after the agent was killed', async (t) => {
  const { imageServer: server, store, clock, boot } = createDevice();
  const first = await boot();
  await server.ask(begin);
  await server.ask(piece(0, 20));
  await first.crash();
  const second = await boot();
  t.like(await server.ask(piece(20, 20)), { ok: false, code: 'not-found' }, 'it has to begin again');
  t.deepEqual(await server.ask(begin), { ok: true, have: 20 });
  await server.ask(piece(20, 100));
  await server.ask(finish);
  await clock.settle();
  t.deepEqual(store.imported, ['shop/till:1']);
  await second.crash();
});

test('what was damaged on the disk is found by its digest, and can be sent again', async (t) => {
  const { imageServer: server, store, clock, boot } = createDevice();
  const agent = await boot();
  await server.ask(begin);
  await server.ask(piece(0, size));
  store.archives.set(digest, Buffer.alloc(size));
  await server.ask(finish);
  await clock.settle();
  t.like(await server.ask(finish), { ok: false, code: 'corrupt' });
  t.deepEqual(await server.ask(begin), { ok: true, have: 0 });
  await agent.crash();
});

test('two clients that send the same archive have it imported once', async (t) => {
  const { imageServer: server, store, clock, boot } = createDevice();
  const agent = await boot();
  await server.ask(begin);
  await server.ask(piece(0, size));
  t.deepEqual(await Promise.all([server.ask(finish), server.ask(finish)]), [{ ok: true }, { ok: true }]);
  await clock.settle();
  t.deepEqual(store.imported, ['shop/till:1']);
  t.deepEqual(await server.ask(finish), { ok: true, images: ['shop/till:1'] });
  await agent.crash();
});

test('an archive that is too large, for others, or for which there is no room or no store is refused in words', async (t) => {
  const { imageServer: server, store, boot } = createDevice();
  const agent = await boot();
  const refusal = async (change: object) => {
    const answer = await server.ask({ ...begin, ...change });
    return answer.ok ? 'taken' : `${answer.code}: ${answer.message}`;
  };
  t.is(
    await refusal({ size: 5e9 }),
    'too-large: the archive has 4.66 GiB, and this node takes at most 954 MiB (maxImageBytes in its agent.yaml)',
  );
  t.is(
    await refusal({ platforms: ['linux/amd64', 'windows/arm64'] }),
    'architecture: the archive is for linux/amd64, windows/arm64, and this node is linux/arm64; --force loads it all the same',
  );
  t.deepEqual(await server.ask({ ...begin, platforms: ['linux/amd64'], force: true }), {
    ok: true,
    have: 0,
    platform: 'linux/amd64',
  });
  t.is(await refusal({ platforms: ['linux/amd64', 'linux/arm/v7'] }), 'taken');
  store.left = 1000;
  t.regex(await refusal({}), /^no-room: the disk has 0\.98 KiB left, and 64\.0 MiB are needed/);
  store.left = 1e9;
  t.regex(await refusal({ unpacked: 1e9 }), /and 1\.9\d GiB are needed/, 'a compressed archive needs more than it has');
  store.unsupported = 'this node runs cri-o';
  t.is(await refusal({}), 'unsupported: this node runs cri-o');
  await agent.crash();
});

test('archives that nobody goes on with are thrown away after a day, and not those that come', async (t) => {
  const { imageServer: server, store, clock, boot } = createDevice();
  store.archives.set('sha256:old', Buffer.alloc(5));
  store.archives.set('sha256:new', Buffer.alloc(5));
  store.idle.set('sha256:old', 25 * 3_600_000);
  const agent = await boot();
  await clock.settle();
  t.deepEqual([...store.archives.keys()], ['sha256:new']);
  await server.ask(begin);
  await server.ask(piece(0, 20));
  store.idle.set(digest, 25 * 3_600_000);
  store.idle.set('sha256:new', 25 * 3_600_000);
  await clock.advance(3_600_000);
  t.deepEqual([...store.archives.keys()], [digest]);
  await agent.crash();
});

test('more archives at once than a device can take are refused', async (t) => {
  const { imageServer: server, clock, boot } = createDevice();
  const agent = await boot();
  const other = (index: number) => ({ ...begin, digest: `sha256:${String(index).padStart(64, '0')}` });
  for (let index = 0; index < 8; index += 1) t.true((await server.ask(other(index))).ok);
  t.like(await server.ask(other(8)), { ok: false, code: 'overloaded' });
  await clock.advance(6 * 60_000);
  t.true((await server.ask(other(8))).ok, 'those that nobody goes on with make room');
  await agent.crash();
});

test('a client that asks without waiting for answers fills no memory', async (t) => {
  const { imageServer: server, boot } = createDevice();
  const agent = await boot();
  await server.ask(begin);
  const answers = await Promise.all(Array.from({ length: 100 }, () => server.ask(piece(0, 20))));
  t.is(answers.filter((answer) => answer.ok).length, 16);
  t.is(answers.filter((answer) => !answer.ok && answer.code === 'overloaded').length, 84);
  t.deepEqual(await server.ask(piece(0, 20)), { ok: true, have: 20 });
  await agent.crash();
});

test('images are listed with the pods that use them, and one in use is removed only by force', async (t) => {
  const { imageServer: server, cri, master, store, clock, boot } = createDevice();
  cri.addImage('registry.test/spare:1');
  const agent = await boot();
  master.want(aPod('web', { spec: { containers: [aContainer()] } }));
  await agent.poke();
  await clock.advance(1_000);
  const list = await server.ask({ verb: 'list' });
  t.true(list.ok);
  if (list.ok) {
    t.deepEqual(
      list.images.map(({ tags, usedBy }) => [tags[0], usedBy]),
      [
        ['registry.test/app:1', ['default/web']],
        ['registry.test/spare:1', []],
      ],
    );
  }
  const remove = (reference: string, force = false) => server.ask({ verb: 'remove', reference, force });
  t.deepEqual(await remove('registry.test/app:1'), {
    ok: false,
    code: 'in-use',
    message: 'image "registry.test/app:1" is used by pod default/web; --force removes it all the same',
  });
  t.deepEqual(await remove('registry.test/spare:1'), { ok: true, removed: ['registry.test/spare:1'] });
  t.like(await remove('registry.test/spare:1'), { ok: false, code: 'not-found' });
  t.deepEqual(await remove('registry.test/app:1', true), { ok: true, removed: ['registry.test/app:1'] });
  cri.addImage('pause:1');
  t.like(await remove('pause:1'), { ok: false, code: 'in-use' });
  t.true((await remove('pause:1', true)).ok);
  cri.addImage('registry.test/two:1');
  for (const [name, image] of cri.images)
    cri.images.set(name, { ...image, tags: ['registry.test/two:1', 'registry.test/two:2'] });
  t.deepEqual(await remove('registry.test/two:2'), { ok: true, removed: ['registry.test/two:2'] });
  t.deepEqual(store.untagged, ['registry.test/two:2']);
  const several = cri.images.get('registry.test/two:1')?.id ?? '';
  t.deepEqual(await remove(several), {
    ok: false,
    code: 'in-use',
    message: `image "${several}" has the names registry.test/two:1, registry.test/two:2: remove one of them, or all with --force`,
  });
  for (const [name, image] of cri.images)
    cri.images.set(name, { ...image, id: cri.running()[0]?.image ?? '', tags: ['registry.test/app:1', 'other:1'] });
  t.like(await remove('registry.test/app:1'), { ok: false, code: 'in-use' }, 'the pod could not start again');
  await agent.crash();
});
