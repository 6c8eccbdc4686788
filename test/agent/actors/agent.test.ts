import test from 'ava';
import { CheckpointError } from '../../../src/agent/ports/checkpoint.ts';
import { CriError } from '../../../src/agent/ports/cri.ts';
import { PodFilesError } from '../../../src/agent/ports/pod-files.ts';
import type { NodeStatus } from '../../../src/common/model/node.ts';
import type { PodStatus } from '../../../src/common/model/pod-status.ts';
import { createDevice } from '../../support/device.ts';
import { fakeHost } from '../../support/fake-host.ts';
import type { FakeNodeMaster } from '../../support/fake-node-master.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

const state = (master: FakeNodeMaster, pod = 'web') => master.status(pod)?.containerStatuses?.[0];

test('a pod that is wanted runs, and its status says so, without time passing', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const agent = await boot();
  t.is(master.hellos.length, 1);
  master.want(aPod());
  cri.calls.length = 0;
  await agent.poke();
  t.is(cri.running().length, 1);
  const status = master.status('web');
  t.is(status?.phase, 'Running');
  t.is(status?.podIP, '10.85.0.2');
  t.is(status?.hostIP, '192.0.2.7');
  t.is(state(master)?.ready, false, 'it may end at once');
  t.deepEqual(cri.calls, [
    'imageStatus',
    'runSandbox',
    'sandboxStatus',
    'createContainer',
    'startContainer',
    'containerStatus',
  ]);
  await clock.advance(1_500);
  const reports = master.reports.length;
  await clock.advance(60_000);
  t.is(master.reports.length, reports, 'an unchanged status is not sent');
  t.true(master.events.some(({ reason }) => reason === 'Started'));
  await agent.crash();
});

test('another address of the node is told of its pods at once, and given to containers that start then', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  let address = '192.0.2.7';
  const describe = async () => {
    const { labels, status } = await fakeHost.describe();
    const addresses = address === '' ? [] : [{ type: 'InternalIP' as const, address }];
    return { labels, status: { ...status, addresses } };
  };
  const agent = await boot({ host: { ...fakeHost, describe } });
  const env = [{ name: 'HOST', valueFrom: { fieldRef: { apiVersion: 'v1' as const, fieldPath: 'status.hostIP' } } }];
  master.want(aPod('web', { spec: { containers: [aContainer('web', { env })] } }));
  master.want(aPod('host', { spec: { hostNetwork: true } }));
  await agent.poke();
  const first = cri.running();
  address = '192.0.2.99';
  await clock.advance(12_000);
  t.is(master.status('web')?.hostIP, '192.0.2.99');
  t.is(master.status('host')?.podIP, '192.0.2.99');
  t.is(cri.running().length, 2);
  t.deepEqual(cri.running(), first, 'what runs goes on');
  address = '';
  await clock.advance(12_000);
  t.is(master.status('web')?.hostIP, '192.0.2.99', 'without a network its last one is what is known');
  for (const { id } of cri.running()) cri.exit(id, 1);
  await clock.advance(2_000);
  const variables = cri.running().flatMap(({ config }) => config.envs);
  t.deepEqual(
    variables.filter(({ key }) => key === 'HOST').map(({ value }) => value),
    ['192.0.2.99'],
  );
  await agent.crash();
});

test('a container that keeps ending is restarted at once, then after 10, 20 and 40 seconds', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  cri.exits = () => 1;
  const agent = await boot();
  const begun = clock.now();
  master.want(aPod());
  await agent.poke();
  await clock.advance(75_000);
  const starts = [...new Set(master.events.filter(({ reason }) => reason === 'Started').map(({ count }) => count))];
  t.deepEqual(starts.at(-1), 5);
  const status = state(master);
  t.is(status?.restartCount, 4);
  t.is(status?.state.waiting?.reason, 'CrashLoopBackOff');
  t.regex(status?.state.waiting?.message ?? '', /back-off 1m20s restarting failed container=app/);
  t.is(status?.lastState.terminated?.exitCode, 1);
  t.is(master.status('web')?.phase, 'Running');
  t.true(cri.containers.size <= 2, 'old attempts are removed');
  t.true(clock.now() - begun >= 75_000);
  await agent.crash();
});

test('without events a runtime is asked each second for its containers only, and a container that ends is noticed soon', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  await clock.advance(3_600_000);
  cri.calls.length = 0;
  await clock.advance(60_000);
  t.true(cri.calls.filter((call) => call === 'listContainers').length <= 61);
  t.true(cri.calls.filter((call) => call === 'listSandboxes').length <= 6);
  for (const { id } of cri.running()) cri.exit(id, 1);
  await clock.advance(1300);
  t.is(state(master)?.restartCount, 1);
  await agent.crash();
});

test('an image that is not there is ErrImagePull, then ImagePullBackOff, with the words of the registry', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const agent = await boot();
  master.want(aPod('web', { spec: { containers: [aContainer('app', { image: 'registry.test/none:1' })] } }));
  await agent.poke();
  t.is(state(master)?.state.waiting?.reason, 'ErrImagePull');
  t.regex(state(master)?.state.waiting?.message ?? '', /failed to resolve reference "registry.test\/none:1"/);
  await clock.advance(3000);
  t.is(state(master)?.state.waiting?.reason, 'ImagePullBackOff');
  t.regex(state(master)?.state.waiting?.message ?? '', /not found/);
  cri.addImage('registry.test/none:1', 'registry');
  await clock.advance(9000);
  t.is(state(master)?.ready, true);
  await agent.crash();
});

test('a pod is ready after a second, and one that ended meanwhile never was', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  await clock.advance(1100);
  t.true(state(master)?.ready);
  t.is(master.status('web')?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  master.want(aPod('brief'));
  await agent.poke();
  const brief = [...cri.containers.values()].find(({ labels }) => labels['io.kubernetes.pod.name'] === 'brief');
  cri.exit(brief?.id ?? '', 1);
  await clock.advance(1100);
  const readiness = master.reports
    .filter(({ name }) => name === 'brief')
    .map(({ status }) => (status as PodStatus).containerStatuses?.[0]?.ready);
  t.false(readiness.includes(true));
  await agent.crash();
});

test('a command that does not exist shows the message of the runtime', async (t) => {
  const { cri, master, boot } = createDevice();
  cri.failing = (method) =>
    method === 'startContainer'
      ? new CriError('failed', 'exec: "nope": executable file not found in $PATH')
      : undefined;
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  t.is(state(master)?.state.waiting?.reason, 'RunContainerError');
  t.regex(state(master)?.state.waiting?.message ?? '', /executable file not found/);
  await agent.crash();
});

test('after a call whose answer was lost nothing is done twice, and the pod runs soon', async (t) => {
  for (const lossy of ['runSandbox', 'createContainer', 'startContainer'] as const) {
    const { cri, master, boot, clock } = createDevice();
    let lost = false;
    cri.losing = (method) => {
      if (lost || method !== lossy) return undefined;
      lost = true;
      return new CriError('timeout', 'no answer');
    };
    const agent = await boot();
    master.want(aPod());
    await agent.poke();
    await clock.advance(3000);
    t.is(cri.running().length, 1, lossy);
    t.is(state(master)?.ready, true, lossy);
    t.is([...cri.sandboxes.values()].filter(({ ready }) => ready).length, 1, lossy);
    await agent.crash();
  }
});

test('a deleted pod is stopped and removed, and reported gone, without time passing', async (t) => {
  const { cri, master, boot, files } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  master.want(aPod('web', { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 } }));
  cri.calls.length = 0;
  await agent.poke();
  t.is(master.reports.at(-1)?.gone, true);
  t.is(cri.sandboxes.size, 0);
  t.is(cri.containers.size, 0);
  t.deepEqual(await files.list(), []);
  t.deepEqual(cri.calls, ['stopContainer', 'containerStatus', 'stopSandbox', 'removeSandbox']);
  await agent.crash();
});

test('after a restart of the agent running containers are found again, without the master', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const first = await boot();
  master.want(aPod());
  await first.poke();
  await first.crash();
  const [before] = cri.running();
  master.away = true;
  const second = await boot();
  await clock.advance(30_000);
  t.deepEqual(
    cri.running().map(({ id }) => id),
    [before?.id],
  );
  t.is(cri.containers.size, 1);
  await second.crash();
});

test('what died while the agent was away is restarted with its counts, what was deleted is cleaned up', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const first = await boot();
  master.want(aPod('web'));
  master.want(aPod('old'));
  await first.poke();
  await first.crash();
  for (const { id } of cri.running()) cri.exit(id, 1);
  master.unwant('Pod', 'old');
  const second = await boot();
  await clock.advance(2000);
  t.is(cri.running().length, 1);
  t.is(state(master)?.restartCount, 1);
  t.deepEqual(
    [...cri.sandboxes.values()].map(({ name }) => name),
    ['web'],
  );
  await second.crash();
});

test('containers are not taken for orphans before anybody has said what is wanted', async (t) => {
  const { cri, master, boot, checkpoint, clock } = createDevice();
  const first = await boot();
  master.want(aPod());
  await first.poke();
  await first.crash();
  checkpoint.objects.clear();
  master.away = true;
  const second = await boot();
  await clock.advance(60_000);
  t.is(cri.running().length, 1);
  master.away = false;
  await clock.advance(10_000);
  t.is(cri.running().length, 1);
  t.is(state(master)?.restartCount, 0);
  await second.crash();
});

test('directories of pods that nobody knows are removed, once it is known what is wanted', async (t) => {
  const { cri, master, boot, files, clock } = createDevice();
  const first = await boot();
  master.want(aPod());
  await first.poke();
  await first.crash();
  await files.writeFile({ namespace: 'default', name: 'old', uid: 'uid-old' }, 'etc-hosts', '');
  const uids = async () => (await files.list()).map(({ uid }) => uid);
  const second = await boot();
  await clock.advance(2000);
  t.deepEqual(await uids(), ['uid-web']);
  t.is(cri.running().length, 1);
  t.false(
    master.reports.some(({ uid }) => uid === 'uid-old'),
    'nobody asked for this pod',
  );
  await second.crash();
});

test('directories stay while nobody has said what is wanted, and one that can not be read ends nothing', async (t) => {
  const { master, boot, files, clock } = createDevice();
  await files.writeFile({ namespace: 'default', name: 'old', uid: 'uid-old' }, 'etc-hosts', '');
  master.away = true;
  const first = await boot();
  await clock.advance(60_000);
  t.is((await files.list()).length, 1);
  await first.crash();
  master.away = false;
  files.failing = (method) => (method === 'list' ? new PodFilesError('input/output error') : undefined);
  const second = await boot();
  await clock.advance(2000);
  master.want(aPod());
  await second.poke();
  await clock.advance(1500);
  t.true(state(master)?.ready);
  await second.crash();
});

test('a pod waits for its ConfigMap, and starts as soon as it is there', async (t) => {
  const { cri, master, boot, files } = createDevice();
  const agent = await boot();
  const spec = {
    containers: [
      aContainer('app', {
        envFrom: [{ configMapRef: { name: 'settings' } }],
        volumeMounts: [{ name: 'files', mountPath: '/etc/app' }],
      }),
    ],
    volumes: [{ name: 'files', configMap: { name: 'settings', defaultMode: 0o644 } }],
  };
  master.want(aPod('web', { spec }));
  await agent.poke();
  t.is(cri.containers.size, 0);
  t.regex(state(master)?.state.waiting?.message ?? '', /configmap "settings" not found/);
  master.want({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { COLOR: 'red' },
  });
  await agent.poke();
  const [container] = cri.running();
  t.deepEqual(container?.config.envs, [{ key: 'COLOR', value: 'red' }]);
  t.is(files.contents.get('/pods/uid-web/volumes/files/COLOR'), 'red');
  master.want({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { COLOR: 'blue' },
  });
  await agent.poke();
  t.is(files.contents.get('/pods/uid-web/volumes/files/COLOR'), 'blue');
  t.is(state(master)?.restartCount, 0);
  await agent.crash();
});

test('a variable from a key that is not there is a CreateContainerConfigError that names it', async (t) => {
  const { master, boot } = createDevice();
  const agent = await boot();
  const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } }];
  master.want({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'default' }, data: {} });
  master.want(aPod('web', { spec: { containers: [aContainer('app', { env })] } }));
  await agent.poke();
  t.is(state(master)?.state.waiting?.reason, 'CreateContainerConfigError');
  t.is(state(master)?.state.waiting?.message, "couldn't find key token in Secret default/keys");
  await agent.crash();
});

test('on a full disk a volume is a FailedMount that is tried again, and the pod runs when there is room', async (t) => {
  const { cri, master, boot, files, clock } = createDevice();
  files.failing = (method) => (method === 'writeVolume' ? new PodFilesError('no space left on device') : undefined);
  const agent = await boot();
  const volumes = [{ name: 'files', configMap: { name: 'settings', defaultMode: 0o644 } }];
  master.want({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' }, data: {} });
  master.want(aPod('web', { spec: { containers: [aContainer('app')], volumes } }));
  await agent.poke();
  await clock.advance(1000);
  const event = master.events.find(({ reason }) => reason === 'FailedMount');
  t.regex(String(event?.['message']), /volume "files" : no space left on device/);
  t.is(cri.containers.size, 0);
  files.failing = () => undefined;
  await clock.advance(60_000);
  t.is(cri.running().length, 1);
  t.true(state(master)?.ready);
  await agent.crash();
});

test('on a full disk a container that needs a file is a CreateContainerConfigError until there is room', async (t) => {
  const { cri, master, boot, files, clock } = createDevice();
  files.failing = (method) => (method === 'writeFile' ? new PodFilesError('no space left on device') : undefined);
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  t.is(state(master)?.state.waiting?.reason, 'CreateContainerConfigError');
  t.is(state(master)?.state.waiting?.message, 'no space left on device');
  files.failing = () => undefined;
  await clock.advance(60_000);
  t.is(cri.running().length, 1);
  t.is(state(master)?.restartCount, 0);
  await agent.crash();
});

test('a sandbox that is lost is made anew and its containers with it', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  for (const id of cri.sandboxes.keys()) cri.loseSandbox(id);
  await clock.advance(3000);
  const [running, ...others] = cri.running();
  t.deepEqual(others, []);
  t.is(running?.attempt, 1);
  t.is(cri.sandboxes.get(running?.sandboxId ?? '')?.attempt, 1);
  await agent.crash();
});

test('while the runtime is away the node is NotReady with the reason, and pods go on when it is back', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  cri.failing = () => new CriError('unavailable', 'no runtime answers on /run/containerd.sock');
  const agent = await boot();
  const ready = () => {
    const status = master.nodes.at(-1)?.['status'] as {
      conditions: { type: string; status: string; reason: string; message: string }[];
    };
    return status.conditions.find(({ type }) => type === 'Ready');
  };
  t.is(ready()?.status, 'False');
  t.is(ready()?.reason, 'ContainerRuntimeNotReady');
  t.regex(ready()?.message ?? '', /no runtime answers/);
  master.want(aPod());
  await agent.poke();
  cri.failing = () => undefined;
  await clock.advance(11_000);
  t.is(ready()?.status, 'True');
  t.is(state(master)?.ready, true);
  await agent.crash();
});

test('the version of the runtime is told, and asked for again only when the runtime was away', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const agent = await boot();
  const told = () => (master.nodes.at(-1)?.['status'] as NodeStatus | undefined)?.nodeInfo?.containerRuntimeVersion;
  const asked = () => cri.calls.filter((call) => call === 'version').length;
  t.is(told(), 'fake://1.0');
  const sent = master.nodes.length;
  await clock.advance(60_000);
  t.is(asked(), 1);
  t.is(master.nodes.length, sent, 'an unchanged node is not sent again');
  cri.version = async () => ({ runtimeName: 'fake', runtimeVersion: '1.1' });
  cri.failing = () => new CriError('unavailable', 'no runtime answers');
  await clock.advance(11_000);
  t.is(told(), 'fake://1.0');
  cri.failing = () => undefined;
  await clock.advance(11_000);
  t.is(told(), 'fake://1.1');
  await agent.crash();
});

test('while the master is away statuses wait, and are sent when it answers again', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const agent = await boot();
  master.want(aPod('web', { spec: { restartPolicy: 'Never' } }));
  await agent.poke();
  master.away = true;
  for (const { id } of cri.running()) cri.exit(id, 0);
  await clock.advance(60_000);
  t.is(master.status('web')?.phase, 'Running');
  master.away = false;
  await clock.advance(15_000);
  t.is(master.status('web')?.phase, 'Succeeded');
  t.is(cri.running().length, 0);
  await agent.crash();
});

test('init containers run one after the other before the others', async (t) => {
  const { cri, master, boot } = createDevice();
  cri.exits = ({ name }) => (name.startsWith('init') ? 0 : undefined);
  const agent = await boot();
  master.want(aPod('web', { spec: { initContainers: [aContainer('init-a'), aContainer('init-b')] } }));
  await agent.poke();
  t.deepEqual(
    [...cri.containers.values()].map(({ name, state }) => `${name} ${state}`),
    ['init-a exited', 'init-b exited', 'app running'],
  );
  t.is(master.status('web')?.phase, 'Running');
  await agent.crash();
});

test('the log of a container is served, its previous one too, and an unclear request is refused', async (t) => {
  const { cri, master, boot, clock, logs, clients } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  for (const { id } of cri.running()) cri.exit(id, 1);
  await clock.advance(2000);
  logs.lines.set('app/0.log', ['first']);
  logs.lines.set('app/1.log', ['second', 'third']);
  const request = { namespace: 'default', pod: 'web' };
  t.is(await clients.ask('logs', { ...request, tailLines: 1 }), 'third\n');
  t.is(await clients.ask('logs', { ...request, previous: true }), 'first\n');
  await t.throwsAsync(clients.ask('logs', { ...request, container: 'other' }), {
    message: 'container "other" in pod "web" not found',
  });
  await t.throwsAsync(clients.ask('logs', { namespace: 'default' }), { message: /pod: / });
  await agent.crash();
});

test('a pod whose image is being pulled is gone at once when it is deleted', async (t) => {
  const { cri, master, boot } = createDevice();
  const { pullImage } = cri;
  cri.pullImage = () => new Promise(() => {});
  const agent = await boot();
  master.want(aPod('web', { spec: { containers: [aContainer('app', { image: 'registry.test/big:1' })] } }));
  await agent.poke();
  master.want(aPod('web', { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } }));
  await agent.poke();
  t.is(master.reports.at(-1)?.gone, true);
  cri.pullImage = pullImage;
  await agent.crash();
});

test('a new image re-makes that container only', async (t) => {
  const { cri, master, boot } = createDevice();
  cri.addImage('registry.test/app:2');
  const agent = await boot();
  master.want(aPod('web', { spec: { containers: [aContainer('a'), aContainer('b')] } }));
  await agent.poke();
  const before = cri.running().find(({ name }) => name === 'a')?.id;
  master.want(
    aPod('web', { spec: { containers: [aContainer('a'), aContainer('b', { image: 'registry.test/app:2' })] } }),
  );
  await agent.poke();
  t.deepEqual(
    cri.running().map(({ name, attempt }) => `${name} ${attempt}`),
    ['a 0', 'b 1'],
  );
  t.is(cri.running()[0]?.id, before);
  await agent.crash();
});

test('another pod of the same name replaces the old one, of which nothing is left', async (t) => {
  const { cri, master, boot, clock } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  master.want(aPod('web', { metadata: { uid: 'uid-other' } }));
  await agent.poke();
  await clock.advance(2000);
  t.deepEqual(
    [...cri.sandboxes.values()].map(({ uid }) => uid),
    ['uid-other'],
  );
  t.is(cri.running().length, 1);
  await agent.crash();
});

test('on a full disk pods are still deleted, and what is wanted is kept when there is room', async (t) => {
  const { cri, master, boot, checkpoint, clock } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  t.is(cri.running().length, 1);
  checkpoint.failing = new CheckpointError('no-space', 'the disk is full');
  master.unwant('Pod', 'web');
  master.want(aPod('other'));
  await agent.poke();
  await clock.advance(60_000);
  t.deepEqual([...new Set(cri.running().map(({ labels }) => labels['io.kubernetes.pod.name']))], ['other']);
  t.is(checkpoint.objects.size, 1, 'the disk has what it had');
  t.true(master.events.some(({ reason }) => reason === 'DiskFull'));
  master.unwant('Pod', 'other');
  await clock.advance(20_000);
  t.is(cri.running().length, 0, 'also what was never written is deleted');
  master.want(aPod('third'));
  checkpoint.failing = undefined;
  await clock.advance(20_000);
  t.is(cri.running().length, 1);
  t.deepEqual(
    [...checkpoint.objects.values()].map(({ object }) => object.metadata.name),
    ['third'],
  );
  await agent.crash();
});
