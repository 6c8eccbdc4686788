import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { isUnreachable } from '../../../../src/agent/core/images/pull-failure.ts';
import { createRegistries, writeRegistryHosts } from '../../../../src/agent/io/containerd/registries.ts';
import { registryHosts } from '../../../../src/agent/io/containerd/registry-hosts.ts';
import { createCri } from '../../../../src/agent/io/cri/cri.ts';
import { run } from '../../../../src/agent/io/run.ts';
import { type Cri, CriError } from '../../../../src/agent/ports/cri.ts';
import { startTestContainerd, type TestContainerd } from '../../../support/containerd.ts';
import { type CutProxy, startCutProxy } from '../../../support/cut-proxy.ts';
import { BUSYBOX } from '../../../support/image-archive.ts';
import { type Registry, startRegistry, USER } from '../../../support/registry.ts';

let containerd: TestContainerd;
let cri: Cri;
let open: Registry;
let locked: Registry;

let proxy: CutProxy;
const certs = mkdtempSync(join(tmpdir(), 'bramble-certs-'));

test.before(async () => {
  containerd = await startTestContainerd({ registryConfigDir: certs });
  cri = createCri(containerd.socket);
  open = await startRegistry({ login: false });
  locked = await startRegistry({ login: true });
  proxy = await startCutProxy(open.host);
  const mirrors = `registry.invalid=http://${proxy.host},gone.invalid=http://127.0.0.1:1`;
  await writeRegistryHosts(certs, registryHosts(mirrors, '', undefined));
  await push(`${open.host}/tools/busybox:1`);
  await push(`${open.host}/tools/other:1`);
  await push(`${locked.host}/tools/busybox:1`, ['--user', `${USER.username}:${USER.password}`]);
});

test.after.always(async () => {
  cri?.close();
  await Promise.all([proxy?.stop(), open?.stop(), locked?.stop(), containerd?.stop()]);
  rmSync(certs, { recursive: true, force: true });
});

/** Pushes the busybox image under a name, and forgets the name here. */
async function push(name: string, more: readonly string[] = []): Promise<void> {
  const images = ['--address', containerd.socket, '--namespace', 'k8s.io', 'images'];
  await run('ctr', [...images, 'tag', BUSYBOX, name]);
  await run('ctr', [...images, 'push', '--plain-http', ...more, name]);
  await run('ctr', [...images, 'remove', name]);
}

test.serial('an image is pulled, and its status is known by its name', async (t) => {
  const reference = `${open.host}/tools/busybox:1`;
  t.is(await cri.imageStatus(reference), undefined);
  const id = await cri.pullImage(reference, undefined, undefined);
  const image = await cri.imageStatus(reference);
  t.is(image?.id, id);
  t.true(image?.tags.includes(reference));
});

test.serial('a tag that does not exist is not found', async (t) => {
  const missing = cri.pullImage(`${open.host}/tools/busybox:none`, undefined, undefined);
  const error = await t.throwsAsync(missing, { instanceOf: CriError, code: 'not-found' });
  t.regex(error.message, /tools\/busybox:none/);
});

test.serial('a registry that asks for a password gives the image for the right one only', async (t) => {
  const reference = `${locked.host}/tools/busybox:1`;
  const wrong = { username: USER.username, password: 'open barley' };
  for (const auth of [undefined, wrong]) {
    const refused = await t.throwsAsync(cri.pullImage(reference, auth, undefined), { instanceOf: CriError });
    t.regex(refused.message, /401|authoriz|credential/i);
    t.false(refused.message.includes(wrong.password));
  }
  t.truthy(await cri.pullImage(reference, USER, undefined));
});

test.serial('an image comes from the mirror that is set for its registry', async (t) => {
  const reference = 'registry.invalid/tools/busybox:1';
  const id = await cri.pullImage(reference, undefined, undefined);
  t.is((await cri.imageStatus(reference))?.id, id);
});

test.serial(
  'a pull whose connection is cut in the middle fails as a network does, and works when it is back',
  async (t) => {
    const reference = 'registry.invalid/tools/other:1';
    // The content is here already under other names: only an empty store pulls it.
    for (const { id, tags } of await cri.listImages()) {
      if (tags.some((tag) => tag.includes('busybox'))) await cri.removeImage(id);
    }
    await run('ctr', ['--address', containerd.socket, '--namespace', 'k8s.io', 'content', 'prune', 'references']);
    proxy.cutAfter(100_000);
    const cut = await t.throwsAsync(cri.pullImage(reference, undefined, undefined), { instanceOf: CriError });
    t.true(isUnreachable(cut.message), cut.message);
    proxy.mend();
    t.truthy(await cri.pullImage(reference, undefined, undefined));
    await containerd.importImage(join(containerd.dir, 'busybox.tar'));
  },
);

test.serial('a registry is reachable when it or a mirror of it takes a connection', async (t) => {
  const hosts = registryHosts(`registry.invalid=http://${proxy.host},gone.invalid=http://127.0.0.1:1`, '', undefined);
  const registries = createRegistries(hosts);
  t.true(await registries.reachable('registry.invalid'));
  t.true(await registries.reachable(open.host));
  t.false(await registries.reachable('gone.invalid'));
  t.false(await registries.reachable('127.0.0.1:1'));
  t.true(await createRegistries(hosts, `http://${open.host}`).reachable('gone.invalid'), 'through a proxy');
});

test.serial('the architecture of an image is known', async (t) => {
  const image = await cri.imageStatus(BUSYBOX);
  t.is(image?.architecture, process.arch === 'x64' ? 'amd64' : process.arch);
});
