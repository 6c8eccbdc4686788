import test from 'ava';
import type { Node } from '../../../../src/common/model/node.ts';
import { createDevice } from '../../../support/device.ts';
import type { FakeCri } from '../../../support/fake-cri.ts';
import type { FakeNodeMaster } from '../../../support/fake-node-master.ts';
import { aPod } from '../../../support/pod-builder.ts';

const manifest = (name: string, spec = 'image: registry.test/app:1') =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n    - name: app\n      ${spec}\n`;

const running = (cri: FakeCri) =>
  cri
    .running()
    .map(({ labels }) => labels['io.kubernetes.pod.name'])
    .sort();

const condition = (master: FakeNodeMaster) =>
  (master.nodes.at(-1) as Node | undefined)?.status?.conditions?.find(({ type }) => type === 'StaticPodsReady');

test('a pod of the manifests directory runs under the name of the node, without a master, and ends with its file', async (t) => {
  const { cri, manifests, master, boot, clock } = createDevice();
  master.away = true;
  const agent = await boot();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(100);
  t.deepEqual(running(cri), ['web-pi-7']);
  manifests.remove('web.yaml');
  await clock.advance(200);
  t.deepEqual(running(cri), []);
  await clock.advance(2000);
  t.is(cri.sandboxes.size, 0, 'nothing of it is left');
  await agent.crash();
});

test('several documents of a file are several pods, and a List too', async (t) => {
  const { cri, manifests, boot, clock } = createDevice();
  const agent = await boot();
  manifests.write('two.yaml', `${manifest('a')}---\n${manifest('b')}`);
  const list = { apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'c' }, spec: aPod('c').spec }] };
  manifests.write('list.json', JSON.stringify(list));
  await clock.advance(100);
  t.deepEqual(running(cri), ['a-pi-7', 'b-pi-7', 'c-pi-7']);
  await agent.crash();
});

test('a bad file does not hide the others, and is told in words on the node and as an event', async (t) => {
  const { cri, manifests, master, boot, clock } = createDevice();
  const agent = await boot();
  t.is(condition(master)?.status, 'True');
  manifests.write('bad.yaml', manifest('bad', 'imagePullPolicy: Perhaps'));
  manifests.write('good.yaml', manifest('good'));
  await clock.advance(500);
  t.deepEqual(running(cri), ['good-pi-7']);
  t.is(condition(master)?.status, 'True', 'it may be half-written');
  await clock.advance(2000);
  t.is(condition(master)?.status, 'False');
  t.regex(condition(master)?.message ?? '', /manifests\/bad\.yaml:\d+:\d+: spec\.containers\[0\]\.image/);
  const said = master.events.find(({ reason }) => reason === 'InvalidStaticPod');
  t.like(said, { involvedObject: { kind: 'Node', name: 'pi-7' } });
  manifests.write('bad.yaml', manifest('bad'));
  await clock.advance(500);
  t.deepEqual(running(cri), ['bad-pi-7', 'good-pi-7']);
  t.is(condition(master)?.status, 'True');
  await agent.crash();
});

test('a changed file ends the pod and makes it anew once nothing is left of it', async (t) => {
  const { cri, manifests, boot, clock } = createDevice();
  cri.addImage('registry.test/app:2');
  const agent = await boot();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(100);
  const [before] = cri.running();
  manifests.write('web.yaml', `# a comment changes nothing\n${manifest('web')}`);
  await clock.advance(1000);
  t.is(cri.running()[0]?.id, before?.id);
  manifests.write('web.yaml', manifest('web', 'image: registry.test/app:2'));
  let most = 0;
  for (let at = 0; at < 100; at += 1) {
    await clock.advance(20);
    most = Math.max(most, cri.running().length);
  }
  t.is(most, 1, 'never two');
  t.is(cri.running()[0]?.image, 'registry.test/app:2');
  t.not(cri.running()[0]?.id, before?.id);
  await agent.crash();
});

test('a file that is removed and comes back runs again, whenever it does', async (t) => {
  for (const pause of [5, 60, 70, 80, 100, 150, 300, 1000, 5000]) {
    const { cri, manifests, boot, clock } = createDevice();
    const agent = await boot();
    manifests.write('web.yaml', manifest('web'));
    await clock.advance(2000);
    manifests.remove('web.yaml');
    await clock.advance(pause);
    manifests.write('web.yaml', manifest('web'));
    await clock.advance(4000);
    t.deepEqual(running(cri), ['web-pi-7'], `after ${pause} ms`);
    await agent.crash();
  }
});

test('a pod whose file comes back while it ends is another one: it ends first, and begins at once without a restart', async (t) => {
  const { cri, manifests, master, boot, clock } = createDevice();
  cri.ending = () => 2_000;
  const agent = await boot();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(2_000);
  const [before] = cri.running();
  manifests.remove('web.yaml');
  await clock.advance(500);
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(1_000);
  t.is(cri.running()[0]?.id, before?.id, 'it takes its time to end');
  await clock.advance(2_500);
  t.deepEqual(running(cri), ['web-pi-7']);
  t.not(cri.running()[0]?.id, before?.id);
  t.is(cri.sandboxes.size, 1, 'nothing is left of the one before');
  t.is(master.status('web-pi-7')?.containerStatuses?.[0]?.restartCount, 0);
  await agent.crash();
});

test('a file that becomes bad keeps its pod running, also over a restart of the agent', async (t) => {
  const { cri, manifests, boot, clock } = createDevice();
  const first = await boot();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(100);
  const [before] = cri.running();
  manifests.write('web.yaml', 'kind: Pod\nmetadata: {');
  await clock.advance(30_000);
  t.is(cri.running()[0]?.id, before?.id);
  await first.crash();
  const second = await boot();
  await clock.advance(30_000);
  t.is(cri.running()[0]?.id, before?.id);
  manifests.remove('web.yaml');
  await clock.advance(30_000);
  t.deepEqual(running(cri), [], 'it is certain now that nobody wants it');
  await second.crash();
});

test('a file that was removed while the agent was away ends its pod, and pods of the master stay', async (t) => {
  const { cri, manifests, master, boot, clock } = createDevice();
  const first = await boot();
  master.want(aPod('remote'));
  await first.poke();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(100);
  t.deepEqual(running(cri), ['remote', 'web-pi-7']);
  await first.crash();
  manifests.remove('web.yaml');
  master.away = true;
  const second = await boot();
  await clock.advance(5000);
  t.deepEqual(running(cri), ['remote']);
  await second.crash();
});

test('a directory that can not be listed changes nothing and is told', async (t) => {
  const { cri, manifests, master, boot, clock } = createDevice();
  const agent = await boot();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(100);
  manifests.problem = '/etc/bramble/manifests: permission denied (EACCES)';
  await clock.advance(25_000);
  t.deepEqual(running(cri), ['web-pi-7']);
  t.regex(condition(master)?.message ?? '', /permission denied/);
  await agent.crash();
});

const mirrors = (master: FakeNodeMaster) => [...master.mirrors.values()].map(({ metadata }) => metadata.name).sort();

test('each static pod has a mirror with its true status, which comes back when it is deleted, and goes with the file', async (t) => {
  const { manifests, master, boot, clock } = createDevice();
  const agent = await boot();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(2000);
  t.deepEqual(mirrors(master), ['web-pi-7']);
  const [uid = ''] = master.mirrors.keys();
  t.like([...master.mirrors.values()][0]?.metadata.annotations, {
    'kubernetes.io/config.mirror': uid,
    'kubernetes.io/config.hash': uid,
    'kubernetes.io/config.source': 'file',
  });
  const last = master.reports.findLast((report) => report.uid === uid);
  t.like(last, { name: 'web-pi-7', status: { phase: 'Running' } });
  master.mirrors.clear();
  master.reports.length = 0;
  await agent.poke();
  await clock.advance(100);
  t.deepEqual(mirrors(master), ['web-pi-7']);
  t.like(master.reports.at(-1), { uid, status: { phase: 'Running' } }, 'its status is said again');
  manifests.remove('web.yaml');
  await clock.advance(200);
  t.deepEqual(mirrors(master), []);
  await agent.crash();
});

test('mirrors of what was started without a master appear once it is there', async (t) => {
  const { cri, manifests, master, boot, clock } = createDevice();
  master.away = true;
  const agent = await boot();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(60_000);
  t.deepEqual(running(cri), ['web-pi-7']);
  master.away = false;
  await clock.advance(30_000);
  t.deepEqual(mirrors(master), ['web-pi-7']);
  t.is(master.status('web-pi-7')?.phase, 'Running');
  await agent.crash();
});

test('a mirror that the master refuses is told once as an event of the node, and made when it is taken', async (t) => {
  const { cri, manifests, master, boot, clock } = createDevice();
  master.mirrorRefusal = 'namespaces "field" not found';
  const agent = await boot();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(100_000);
  t.deepEqual(running(cri), ['web-pi-7']);
  const told = master.events.filter(({ reason }) => reason === 'FailedMirror');
  t.deepEqual(
    told.map(({ message, count }) => [message, count]),
    [['the static pod default/web-pi-7 runs, and has no mirror in the API: namespaces "field" not found', 1]],
  );
  master.mirrorRefusal = undefined;
  await clock.advance(70_000);
  t.deepEqual(mirrors(master), ['web-pi-7']);
  await agent.crash();
});

test('of two pods of one name the first is run, the other is told and takes over', async (t) => {
  const { cri, manifests, master, boot, clock } = createDevice();
  const agent = await boot();
  master.want(aPod('web-pi-7'));
  await agent.poke();
  const [first] = cri.running();
  manifests.write('web.yaml', manifest('web'));
  await clock.advance(1000);
  t.deepEqual(
    cri.running().map(({ id }) => id),
    [first?.id ?? ''],
  );
  t.true(master.events.some(({ reason }) => reason === 'DuplicatePodName'));
  master.unwant('Pod', 'web-pi-7');
  await agent.poke();
  await clock.advance(2000);
  t.deepEqual(running(cri), ['web-pi-7']);
  t.not(cri.running()[0]?.id, first?.id);
  await agent.crash();
});
