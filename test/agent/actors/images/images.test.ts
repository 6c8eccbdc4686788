import test from 'ava';
import { CriError, type RegistryAuth } from '../../../../src/agent/ports/cri.ts';
import { toTimestamp } from '../../../../src/common/lib/time.ts';
import type { Container } from '../../../../src/common/model/container.ts';
import type { Pod } from '../../../../src/common/model/pod.ts';
import type { Secret } from '../../../../src/common/model/secret.ts';
import { createDevice } from '../../../support/device.ts';
import type { FakeNodeMaster } from '../../../support/fake-node-master.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const IMAGE = 'registry.farm/till:1';
const unreachable = new CriError(
  'failed',
  `failed to resolve reference "${IMAGE}": dial tcp 10.0.0.5:443: i/o timeout`,
);

function podOf(name: string, change: Partial<Container> = {}, spec: Partial<Pod['spec']> = {}): Pod {
  const containers = [aContainer('app', { image: IMAGE, ...change })];
  return aPod(name, { spec: { containers, ...spec } });
}

const waiting = (master: FakeNodeMaster, name: string) =>
  master.status(name)?.containerStatuses?.[0]?.state.waiting ?? {};
const told = (master: FakeNodeMaster, reason: string) => [
  ...new Set(master.events.filter((event) => event['reason'] === reason).map((event) => String(event['message']))),
];

/** A promise that a test resolves. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

test('pods that want the same image wait for one pull, and each is told how long it took', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage(IMAGE, 'registry');
  const { opened, open } = gate();
  const pulls: string[] = [];
  cri.pulling = (reference) => {
    pulls.push(reference);
    return opened;
  };
  const agent = await boot();
  for (const name of ['a', 'b', 'c']) master.want(podOf(name));
  await agent.poke();
  await clock.advance(1_200);
  t.is(cri.running().length, 0);
  open();
  await clock.advance(1_000);
  t.is(cri.running().length, 3);
  t.deepEqual(pulls, [IMAGE]);
  t.deepEqual(told(master, 'Pulled'), [
    `Successfully pulled image "${IMAGE}" in 1.200s (1.200s including waiting). Image size: 1000 bytes.`,
  ]);
  await agent.crash();
});

test('not more pulls go on at once than the setting says, and a long one says how long it has gone on', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  const gates = new Map<string, ReturnType<typeof gate>>();
  cri.pulling = (reference) => {
    const one = gate();
    gates.set(reference, one);
    return one.opened;
  };
  const agent = await boot();
  for (let index = 0; index < 5; index += 1) {
    cri.addImage(`registry.farm/i${index}:1`, 'registry');
    master.want(podOf(`p${index}`, { image: `registry.farm/i${index}:1` }));
  }
  await agent.poke();
  t.is(gates.size, 3);
  await clock.advance(61_000);
  t.true(told(master, 'Pulling').includes('Still pulling image "registry.farm/i0:1" after 30s'));
  t.true(told(master, 'Pulling').includes('Still pulling image "registry.farm/i0:1" after 60s'));
  t.true(
    told(master, 'Pulling').includes(
      'Image "registry.farm/i4:1" has waited 30s for other pulls; at most 3 go on at once',
    ),
  );
  for (const one of gates.values()) one.open();
  await clock.advance(100);
  t.is(gates.size, 5);
  for (const one of gates.values()) one.open();
  await clock.advance(1_000);
  t.is(cri.running().length, 5);
  await agent.crash();
});

/** Pods whose images come from `host`; what they pull never comes. */
function stuck(device: ReturnType<typeof createDevice>, host: string, count: number): readonly string[] {
  const pulling: string[] = [];
  device.cri.pulling = (reference) => {
    pulling.push(reference);
    return reference.startsWith(host) ? new Promise<void>(() => {}) : undefined;
  };
  for (let index = 0; index < count; index += 1) {
    device.master.want(podOf(`p${index}`, { image: `${host}/i${index}:1` }));
  }
  return pulling;
}

test('a pull whose pods are deleted is ended, and its place is free for another', async (t) => {
  const device = createDevice();
  const { master, clock } = device;
  const pulling = stuck(device, 'silent.farm', 4);
  const agent = await device.boot();
  await agent.poke();
  await clock.advance(1_000);
  t.deepEqual(pulling, ['silent.farm/i0:1', 'silent.farm/i1:1', 'silent.farm/i2:1']);
  master.unwant('Pod', 'p1');
  await agent.poke();
  await clock.advance(2_000);
  t.is(pulling[3], 'silent.farm/i3:1');
  master.want(podOf('again', { image: 'silent.farm/i1:1' }));
  master.unwant('Pod', 'p2');
  await agent.poke();
  await clock.advance(2_000);
  t.is(pulling[4], 'silent.farm/i1:1', 'what was ended is begun anew');
  await agent.crash();
});

test('pulls that go on for long do not keep an image of another registry waiting', async (t) => {
  const device = createDevice();
  const { cri, master, clock } = device;
  const pulling = stuck(device, 'silent.farm', 5);
  const agent = await device.boot();
  await agent.poke();
  await clock.advance(1_000);
  cri.addImage(IMAGE, 'registry');
  master.want(podOf('web'));
  await agent.poke();
  await clock.advance(20_000);
  t.is(pulling.length, 3);
  await clock.advance(20_000);
  t.deepEqual(pulling.slice(3), [IMAGE]);
  t.is(cri.running().length, 1);
  await agent.crash();
});

test('a refused pull is ErrImagePull, then ImagePullBackOff for 10, 20, 40 seconds, with the reason in the status', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  const pulls: number[] = [];
  const begun = clock.now();
  cri.pulling = () => {
    pulls.push(clock.now() - begun);
    throw new CriError('not-found', `failed to resolve reference "${IMAGE}": ${IMAGE}: not found`);
  };
  const agent = await boot();
  master.want(podOf('web'));
  await agent.poke();
  await clock.advance(500);
  t.is(waiting(master, 'web').reason, 'ErrImagePull');
  t.regex(waiting(master, 'web').message ?? '', /till:1: not found/);
  await clock.advance(3_000);
  t.is(waiting(master, 'web').reason, 'ImagePullBackOff');
  t.regex(
    waiting(master, 'web').message ?? '',
    /^Back-off pulling image "registry.farm\/till:1": ErrImagePull: .*not found/,
  );
  await clock.advance(75_000);
  t.deepEqual(
    pulls.map((at) => Math.round(at / 1000)),
    [0, 10, 30, 70],
  );
  t.is(told(master, 'BackOff')[0], `Back-off pulling image "${IMAGE}"`);
  t.true(told(master, 'Failed').includes('Error: ErrImagePull'));
  await agent.crash();
});

test('another image in the spec is pulled at once, whatever the one before has to wait for', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  const agent = await boot();
  master.want(podOf('web'));
  await agent.poke();
  await clock.advance(35_000);
  t.is(waiting(master, 'web').reason, 'ImagePullBackOff');
  cri.addImage('registry.farm/till:2', 'registry');
  master.want(podOf('web', { image: 'registry.farm/till:2' }));
  await agent.poke();
  await clock.advance(1_000);
  t.deepEqual(
    cri.running().map(({ image }) => image),
    ['registry.farm/till:2'],
  );
  await agent.crash();
});

test('a bad name, a missing image that is never pulled, and a store that can not be asked have reasons of their own', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage('registry.farm/broken:1');
  cri.failing = (method, subject) =>
    method === 'imageStatus' && subject.includes('broken') ? new CriError('failed', 'snapshotter is gone') : undefined;
  const agent = await boot();
  master.want(podOf('name', { image: 'Registry Farm' }));
  master.want(podOf('never', { imagePullPolicy: 'Never' }));
  master.want(podOf('broken', { image: 'registry.farm/broken:1' }));
  await agent.poke();
  await clock.advance(5_000);
  t.is(waiting(master, 'name').reason, 'InvalidImageName');
  t.regex(waiting(master, 'name').message ?? '', /couldn't parse image name "Registry Farm": invalid reference format/);
  t.is(waiting(master, 'never').reason, 'ErrImageNeverPull');
  t.regex(waiting(master, 'never').message ?? '', /not present with pull policy of Never/);
  t.is(waiting(master, 'broken').reason, 'ImageInspectError');
  t.regex(waiting(master, 'broken').message ?? '', /Failed to inspect image .*snapshotter is gone/);
  t.false(cri.calls.includes('pullImage'), 'the registry is not asked');
  await agent.crash();
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

function pullSecret(name: string, users: Readonly<Record<string, string>>): Secret {
  const auths = Object.fromEntries(
    Object.entries(users).map(([address, user]) => [address, { auth: base64(`${user}:hunter2`) }]),
  );
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' } },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths })) },
  };
}

test('the passwords of imagePullSecrets are tried until one is right, and are said nowhere', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage(IMAGE, 'registry');
  const tried: (string | undefined)[] = [];
  cri.pulling = (_, auth) => {
    tried.push(auth?.username);
    if (auth?.username !== 'right') throw new CriError('failed', 'unexpected status: 401 Unauthorized');
  };
  const agent = await boot();
  const imagePullSecrets = [{ name: 'first' }, { name: 'second' }];
  master.want(pullSecret('first', { 'registry.farm': 'wrong', 'other.farm': 'other' }));
  master.want(podOf('web', {}, { imagePullSecrets }));
  await agent.poke();
  await clock.advance(1_000);
  t.is(waiting(master, 'web').reason, 'ErrImagePull');
  t.regex(told(master, 'FailedToRetrieveImagePullSecret')[0] ?? '', /\(second does not exist\)/);
  master.want(pullSecret('second', { 'registry.farm': 'right' }));
  await agent.poke();
  await clock.advance(1_000);
  t.deepEqual(tried, ['wrong', 'wrong', 'right'], 'a new Secret is tried at once');
  t.is(cri.running().length, 1);
  t.false(JSON.stringify([master.events, master.reports]).includes('hunter2'));
  await agent.crash();
});

test('who has other passwords does not share a pull', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage(IMAGE, 'registry');
  const { opened, open } = gate();
  const users: (string | undefined)[] = [];
  cri.pulling = (_, auth: RegistryAuth | undefined) => {
    users.push(auth?.username);
    return opened;
  };
  const agent = await boot();
  master.want(pullSecret('pull', { 'registry.farm': 'me' }));
  master.want(podOf('with', {}, { imagePullSecrets: [{ name: 'pull' }] }));
  master.want(podOf('without'));
  await agent.poke();
  t.deepEqual(users.toSorted(), ['me', undefined]);
  open();
  await clock.settle();
  await agent.crash();
});

test('with Always and a registry that says nothing, what is present runs within seconds, and an Event says so', async (t) => {
  const { cri, master, registries, clock, boot } = createDevice();
  const begun = clock.now();
  for (let index = 0; index < 10; index += 1) cri.addImage(`registry.farm/i${index}:1`);
  registries.silent.add('registry.farm');
  const { opened } = gate();
  cri.pulling = () => opened;
  const agent = await boot();
  for (let index = 0; index < 10; index += 1) {
    master.want(podOf(`p${index}`, { image: `registry.farm/i${index}:1`, imagePullPolicy: 'Always' }));
  }
  await agent.poke();
  await clock.advance(6_000);
  t.is(cri.running().length, 10, 'pulls that hang hold nobody');
  t.true(clock.now() - begun < 10_000);
  t.regex(
    told(master, 'RegistryUnreachable')[0] ?? '',
    /the one that is present on this machine is used: registry registry.farm/,
  );
  master.want(podOf('late', { image: 'registry.farm/i3:1', imagePullPolicy: 'Always' }));
  await agent.poke();
  await clock.advance(500);
  t.is(cri.running().length, 11, 'a registry that was silent a moment ago is not waited for');
  await agent.crash();
});

test('with Always a pull that fails for want of a network runs what is present, and fails where nothing is', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage(IMAGE);
  cri.pulling = () => {
    throw unreachable;
  };
  const agent = await boot();
  master.want(podOf('present', { imagePullPolicy: 'Always' }));
  master.want(podOf('absent', { image: 'registry.farm/other:1', imagePullPolicy: 'Always' }));
  await agent.poke();
  await clock.advance(500);
  t.is(cri.running().length, 1);
  t.is(waiting(master, 'absent').reason, 'ErrImagePull');
  await agent.crash();
});

test('with Always a registry that refuses is heard, although the image is present', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage(IMAGE);
  cri.pulling = () => {
    throw new CriError('failed', 'unexpected status: 401 Unauthorized');
  };
  const agent = await boot();
  master.want(podOf('web', { imagePullPolicy: 'Always' }));
  await agent.poke();
  await clock.advance(500);
  t.is(cri.running().length, 0);
  t.is(waiting(master, 'web').reason, 'ErrImagePull');
  await agent.crash();
});

test('with Always a slow pull of a registry that answers is waited for, although the image is present', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage(IMAGE);
  const { opened, open } = gate();
  cri.pulling = () => opened;
  const agent = await boot();
  master.want(podOf('web', { imagePullPolicy: 'Always' }));
  await agent.poke();
  await clock.advance(120_000);
  t.is(cri.running().length, 0);
  open();
  await clock.advance(1_000);
  t.is(cri.running().length, 1);
  await agent.crash();
});

test('a runtime that goes away in the middle of a pull is no failure of the pod', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage(IMAGE, 'registry');
  let away = true;
  cri.pulling = () => {
    if (away) throw new CriError('unavailable', 'no runtime answers');
  };
  const agent = await boot();
  master.want(podOf('web'));
  await agent.poke();
  away = false;
  await clock.advance(5_000);
  t.is(cri.running().length, 1);
  t.false(told(master, 'Failed').some((words) => words.startsWith('Failed to pull')));
  await agent.crash();
});

test('a pod that is deleted does not wait for its pull', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  const { opened, open } = gate();
  cri.pulling = () => opened;
  const agent = await boot();
  const pod = podOf('web');
  master.want(pod);
  await agent.poke();
  const metadata = { ...pod.metadata, deletionTimestamp: toTimestamp(clock.now()), deletionGracePeriodSeconds: 30 };
  master.want({ ...pod, metadata });
  await agent.poke();
  await clock.advance(3_000);
  t.true(master.reports.some(({ gone }) => gone === true));
  open();
  await clock.settle();
  await agent.crash();
});

test('an image for other processors is told when its container fails', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  cri.addImage(IMAGE);
  for (const [name, image] of cri.images) cri.images.set(name, { ...image, architecture: 'amd64' });
  cri.failing = (method) =>
    method === 'startContainer' ? new CriError('failed', 'exec /bin/till: exec format error') : undefined;
  const agent = await boot();
  master.want(podOf('web'));
  await agent.poke();
  await clock.advance(500);
  const message = `exec /bin/till: exec format error: image "${IMAGE}" is for linux/amd64, and this device is linux/arm64`;
  t.is(waiting(master, 'web').message, message);
  await agent.crash();
});

test('another image in the spec is pulled also while the pull of the one before hangs', async (t) => {
  const { cri, master, clock, boot } = createDevice();
  const { opened, open } = gate();
  cri.pulling = (reference) => (reference === IMAGE ? opened : undefined);
  cri.addImage('registry.farm/till:2', 'registry');
  const agent = await boot();
  master.want(podOf('web'));
  await agent.poke();
  await clock.advance(10_000);
  master.want(podOf('web', { image: 'registry.farm/till:2' }));
  await agent.poke();
  await clock.advance(1_000);
  t.deepEqual(
    cri.running().map(({ image }) => image),
    ['registry.farm/till:2'],
  );
  open();
  await clock.advance(30_000);
  t.is(cri.running().length, 1, 'the end of the old pull changes nothing');
  t.is(master.status('web')?.containerStatuses?.[0]?.restartCount, 0);
  await agent.crash();
});
