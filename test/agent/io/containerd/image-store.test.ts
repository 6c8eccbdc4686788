import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { createImageStore } from '../../../../src/agent/io/containerd/image-store.ts';
import { createCri } from '../../../../src/agent/io/cri/cri.ts';
import type { Cri } from '../../../../src/agent/ports/cri.ts';
import { type ImageStore, ImageStoreError } from '../../../../src/agent/ports/image-store.ts';
import { realClock } from '../../../../src/common/actor/clock.ts';
import { dockerArchive, ociArchive } from '../../../support/archives.ts';
import { startTestContainerd, type TestContainerd } from '../../../support/containerd.ts';
import { until } from '../../../support/eventually.ts';
import { FakeImageStore } from '../../../support/fake-images.ts';

let containerd: TestContainerd;
let cri: Cri;
const dir = mkdtempSync(join(tmpdir(), 'bramble-archives-'));
const stores: Record<string, () => ImageStore> = {};

test.before(async () => {
  containerd = await startTestContainerd();
  cri = createCri(containerd.socket);
  stores['containerd'] = () => createImageStore({ dir, socket: containerd.socket, cri, clock: realClock });
  const fake = new FakeImageStore();
  stores['fake'] = () => fake;
});
test.after.always(async () => {
  cri?.close();
  await containerd?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const idOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function whole(store: ImageStore, bytes: Uint8Array): Promise<string> {
  const id = idOf(bytes);
  await store.append(id, bytes);
  return id;
}

/** What every store of archives does. */
async function keepsTheContract(t: ExecutionContext, make: () => ImageStore): Promise<void> {
  const bytes = dockerArchive({ tag: 'docker.io/contract/one:1', padding: 3 });
  const id = idOf(bytes);
  const store = make();
  await store.check();
  t.true((await store.room()) > 0);
  t.is(await store.have(id), 0);
  t.is(await store.append(id, bytes.subarray(0, 1000)), 1000);
  t.is(await make().have(id), 1000, 'it is kept over a restart');
  t.deepEqual(
    (await store.list()).map((one) => one.id),
    [id],
  );
  t.is(await store.append(id, bytes.subarray(1000)), bytes.length);
  t.deepEqual(await store.importArchive(id, { names: ['docker.io/contract/one:1'] }), ['docker.io/contract/one:1']);
  t.deepEqual(await store.list(), [], 'an archive that was imported is gone');
  await store.append(id, Buffer.alloc(100));
  const corrupt = store.importArchive(id, { names: ['docker.io/contract/one:1'] });
  await t.throwsAsync(corrupt, { instanceOf: ImageStoreError, code: 'corrupt' });
  t.is(await store.have(id), 0, 'what is damaged is gone');
  await store.append(id, bytes.subarray(0, 10));
  await store.discard(id);
  await store.discard(id);
  t.is(await store.have(id), 0);
}

for (const name of ['containerd', 'fake']) {
  test.serial(
    `${name}: archives come in parts, are imported when they are whole, and thrown away when they are damaged`,
    async (t) => {
      const make = stores[name];
      if (make === undefined) return t.fail();
      await keepsTheContract(t, make);
    },
  );
}

/** The runtime hears of images from containerd a moment after they are there. */
const seen = (reference: string) =>
  until(`the runtime has ${reference}`, async () => (await cri.imageStatus(reference)) !== undefined);

test.serial('archives of docker and OCI, compressed or not, are found by the names that pods use', async (t) => {
  const store = createImageStore({ dir, socket: containerd.socket, cri, clock: realClock });
  const here = process.arch === 'x64' ? 'amd64' : process.arch;
  for (const [bytes, names, as, full] of [
    [dockerArchive({ tag: 'shop/plain:1', padding: 11 }), ['shop/plain:1'], undefined, 'docker.io/shop/plain:1'],
    [gzipSync(dockerArchive({ tag: 'zip:1', padding: 12 })), ['zip:1'], undefined, 'docker.io/library/zip:1'],
    [dockerArchive({ padding: 13 }), [], 'farm.local/nameless:2', 'farm.local/nameless:2'],
    [dockerArchive({ tag: 'a/b:1', padding: 14 }), ['a/b:1'], 'farm.local/renamed:1', 'farm.local/renamed:1'],
    [ociArchive(['riscv64', here], 'shop/oci:1'), ['shop/oci:1'], undefined, 'docker.io/shop/oci:1'],
    [ociArchive([here]), [], 'farm.local/oci:3', 'farm.local/oci:3'],
  ] as const) {
    const id = await whole(store, bytes);
    t.deepEqual(await store.importArchive(id, { names, as }), [full]);
    await seen(full);
  }
  const names = (await cri.listImages()).flatMap(({ tags }) => tags);
  t.false(
    names.some((name) => name.includes('loaded-')),
    names.join(' '),
  );
  await store.untag('docker.io/shop/plain:1');
  await until('the name is gone', async () => (await cri.imageStatus('shop/plain:1')) === undefined);
});

test.serial('another name leaves alone what the name in the archive means here', async (t) => {
  const store = createImageStore({ dir, socket: containerd.socket, cri, clock: realClock });
  const bring = async (padding: number, tag: string, as?: string) =>
    await store.importArchive(await whole(store, dockerArchive({ tag, padding })), { names: [tag], as });
  await bring(21, 'shop/kept:1');
  await seen('shop/kept:1');
  const before = (await cri.imageStatus('shop/kept:1'))?.id;
  await bring(22, 'shop/kept:1', 'shop/new:1');
  await bring(23, 'shop/unknown:1', 'shop/newer:1');
  await seen('shop/newer:1');
  const now = async () => [(await cri.imageStatus('shop/kept:1'))?.id, await cri.imageStatus('shop/unknown:1')];
  await until('the names are as before', async () => {
    const [kept, unknown] = await now();
    return kept === before && unknown === undefined;
  });
  t.not((await cri.imageStatus('shop/new:1'))?.id, before);
  const tags = (await cri.listImages()).flatMap(({ tags: its }) => its);
  t.false(
    tags.some((name) => name.includes('-kept:')),
    tags.join(' '),
  );
});

test.serial('what containerd does not take is told in its words, and the archive stays for another try', async (t) => {
  const store = createImageStore({ dir, socket: containerd.socket, cri, clock: realClock });
  const id = await whole(store, Buffer.from('no archive at all, but with the right digest'));
  const refused = store.importArchive(id, { names: ['a:1'] });
  const error = await t.throwsAsync(refused, { instanceOf: ImageStoreError, code: 'failed' });
  t.regex(error.message, /^ctr images import: /);
  t.true((await store.have(id)) > 0);
  await store.discard(id);
});

test.serial('a runtime that is no containerd is told what can be done instead', async (t) => {
  const version = async () => ({ runtimeName: 'cri-o', runtimeVersion: '1.30' });
  const store = createImageStore({ dir, socket: '/nowhere', cri: { version }, clock: realClock });
  const error = await t.throwsAsync(store.check(), { instanceOf: ImageStoreError, code: 'unsupported' });
  t.regex(error.message, /this node runs cri-o, and images can be loaded into containerd only: .*skopeo/);
});

test.serial("archives are nobody else's to read, and their age is told", async (t) => {
  const store = createImageStore({ dir, socket: containerd.socket, cri, clock: realClock });
  const id = await whole(store, Buffer.from('private'));
  const path = join(dir, `${id.slice('sha256:'.length)}.part`);
  t.is(statSync(path).mode & 0o777, 0o600);
  const hour = new Date(realClock.wall() - 3_600_000);
  utimesSync(path, hour, hour);
  const [found] = await store.list();
  t.true(found !== undefined && Math.abs(found.idle - 3_600_000) < 60_000);
  await store.discard(id);
});
