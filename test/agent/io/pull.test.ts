import test from 'ava';
import { createCri } from '../../../src/agent/io/cri.ts';
import { run } from '../../../src/agent/io/run.ts';
import { type Cri, CriError } from '../../../src/agent/ports/cri.ts';
import { startTestContainerd, type TestContainerd } from '../../support/containerd.ts';
import { BUSYBOX } from '../../support/image-archive.ts';
import { type Registry, startRegistry, USER } from '../../support/registry.ts';

let containerd: TestContainerd;
let cri: Cri;
let open: Registry;
let locked: Registry;

test.before(async () => {
  containerd = await startTestContainerd();
  cri = createCri(containerd.socket);
  open = await startRegistry({ login: false });
  locked = await startRegistry({ login: true });
  await push(`${open.host}/tools/busybox:1`);
  await push(`${locked.host}/tools/busybox:1`, ['--user', `${USER.username}:${USER.password}`]);
});

test.after.always(async () => {
  cri?.close();
  await Promise.all([open?.stop(), locked?.stop(), containerd?.stop()]);
});

/** Pushes the busybox image under a name, and forgets the name here. */
async function push(name: string, more: readonly string[] = []): Promise<void> {
  const images = ['--address', containerd.socket, '--namespace', 'k8s.io', 'images'];
  await run('ctr', [...images, 'tag', BUSYBOX, name]);
  await run('ctr', [...images, 'push', '--plain-http', ...more, name]);
  await run('ctr', [...images, 'remove', name]);
}

test('an image is pulled, and its status is known by its name', async (t) => {
  const reference = `${open.host}/tools/busybox:1`;
  t.is(await cri.imageStatus(reference), undefined);
  const id = await cri.pullImage(reference, undefined, undefined);
  const image = await cri.imageStatus(reference);
  t.is(image?.id, id);
  t.true(image?.tags.includes(reference));
});

test('a tag that does not exist is not found', async (t) => {
  const missing = cri.pullImage(`${open.host}/tools/busybox:none`, undefined, undefined);
  const error = await t.throwsAsync(missing, { instanceOf: CriError, code: 'not-found' });
  t.regex(error.message, /tools\/busybox:none/);
});

test('a registry that asks for a password gives the image for the right one only', async (t) => {
  const reference = `${locked.host}/tools/busybox:1`;
  const wrong = { username: USER.username, password: 'open barley' };
  for (const auth of [undefined, wrong]) {
    const refused = await t.throwsAsync(cri.pullImage(reference, auth, undefined), { instanceOf: CriError });
    t.regex(refused.message, /401|authoriz|credential/i);
    t.false(refused.message.includes(wrong.password));
  }
  t.truthy(await cri.pullImage(reference, USER, undefined));
});
