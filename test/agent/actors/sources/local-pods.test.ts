import test from 'ava';
import { LocalRefusal } from '../../../../src/agent/ports/local-server.ts';
import { createDevice } from '../../../support/device.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const manifest = (name: string, image = 'registry.test/app:1') =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers: [{name: app, image: '${image}'}]\n`;
const files = (text: string) => ({ files: [{ name: 'pump.yaml', text }] });

test('people on the device are told when the master does not answer any more, and when it does again', async (t) => {
  const { cri, master, boot, clock, localServer } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  const answers = async () => {
    const asked = localServer.ask().status();
    await clock.settle();
    return (await asked).master.answers;
  };
  t.true(await answers());
  master.away = true;
  for (const { id } of cri.running()) cri.exit(id, 1);
  await clock.advance(8_000);
  t.false(await answers());
  master.away = false;
  await clock.advance(20_000);
  t.true(await answers());
  master.away = true;
  await clock.advance(310_000);
  t.false(await answers(), 'a device that has nothing to say asks now and then');
  await agent.crash();
});

test('a pod that is applied on the device runs without a master, is listed, and is there after a reboot', async (t) => {
  const { cri, master, boot, clock, localServer } = createDevice();
  master.away = true;
  const first = await boot();
  const applied = localServer.ask().apply(files(manifest('pump')));
  await clock.advance(100);
  t.deepEqual((await applied).pods, [{ namespace: 'default', name: 'pump-pi-7', what: 'created' }]);
  await clock.advance(1500);
  const listing = localServer.ask().pods();
  await clock.settle();
  t.like((await listing).items[0], {
    source: 'local',
    pod: { metadata: { name: 'pump-pi-7' }, status: { phase: 'Running' } },
  });
  await first.crash();
  for (const { id } of cri.running()) cri.exit(id, 255);
  const second = await boot();
  await clock.advance(2000);
  t.is(cri.running().length, 1);
  const again = localServer.ask().apply(files(manifest('pump')));
  await clock.settle();
  t.is((await again).pods[0]?.what, 'unchanged');
  await second.crash();
});

test('what is deleted on the device ends; what was not applied there is not found', async (t) => {
  const { cri, master, boot, clock, localServer } = createDevice();
  const agent = await boot();
  master.want(aPod('remote'));
  await agent.poke();
  const applied = localServer.ask().apply(files(`${manifest('a')}---\n${manifest('b')}`));
  await clock.advance(500);
  await applied;
  t.is(cri.running().length, 3);
  const deleted = localServer.ask().delete({ pods: [{ namespace: 'default', name: 'a' }], files: [] });
  await clock.advance(2000);
  t.is((await deleted).pods[0]?.name, 'a-pi-7');
  t.is(cri.running().length, 2);
  const foreign = localServer.ask().delete({ pods: [{ namespace: 'default', name: 'remote' }], files: [] });
  const refusal = await t.throwsAsync(async () => await Promise.all([foreign, clock.settle()]), {
    instanceOf: LocalRefusal,
  });
  t.is(refusal?.code, 'not-found');
  t.regex(
    refusal?.message ?? '',
    /^no pod "remote" in namespace default was applied on this device: it is the master's; /,
  );
  t.is(cri.running().length, 2);
  await agent.crash();
});

test('manifests with problems change nothing, and all problems are told with their places', async (t) => {
  const { cri, boot, clock, localServer } = createDevice();
  const agent = await boot();
  const text = `${manifest('good')}---\napiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec:\n  contaners: []\n`;
  const applied = localServer.ask().apply(files(text));
  const refusal = await t.throwsAsync(async () => await Promise.all([applied, clock.settle()]), {
    instanceOf: LocalRefusal,
  });
  t.is(refusal?.code, 'invalid');
  t.regex(refusal?.message ?? '', /pump\.yaml:11:3: spec\.contaners: unknown field; did you mean "containers"\?/);
  await clock.advance(500);
  t.is(cri.running().length, 0);
  await agent.crash();
});

test('a pod that this agent can not read is told and stays in the file until one of its name is applied', async (t) => {
  const { cri, boot, clock, localServer, localFile } = createDevice();
  const old = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'old' }, spec: { contaners: [] } };
  localFile.content = Buffer.from(JSON.stringify({ documents: [old] }));
  const agent = await boot();
  const names = () =>
    JSON.parse(Buffer.from(localFile.content ?? '').toString()).documents.map(
      ({ metadata }: { metadata: { name: string } }) => metadata.name,
    );
  const apply = async (name: string) => {
    const applied = localServer.ask().apply(files(manifest(name)));
    await clock.advance(500);
    await applied;
  };
  const asked = localServer.ask().status();
  await clock.settle();
  t.regex(
    (await asked).problems['local']?.[0] ?? '',
    /^pod default\/old that was applied here: spec\.contaners: unknown/,
  );
  await apply('new');
  t.deepEqual(names(), ['old', 'new']);
  await apply('old');
  t.deepEqual(names(), ['new', 'old']);
  t.is(cri.running().length, 2);
  await agent.crash();
});

test('a full disk refuses what it can not keep, and a damaged file is told and removes nothing', async (t) => {
  const { cri, boot, clock, localServer, localFile } = createDevice();
  const first = await boot();
  const applied = localServer.ask().apply(files(manifest('a')));
  await clock.advance(500);
  await applied;
  localFile.full = true;
  const refused = localServer.ask().apply(files(manifest('b')));
  await t.throwsAsync(async () => await Promise.all([refused, clock.settle()]), { message: /disk is full/ });
  await clock.advance(500);
  t.is(cri.running().length, 1);
  await first.crash();
  localFile.problem = 'static/local is damaged';
  const second = await boot();
  await clock.advance(30_000);
  t.is(cri.running().length, 1, 'what was wanted is not known');
  const status = localServer.ask().status();
  await clock.settle();
  t.regex((await status).problems['local']?.[0] ?? '', /are lost: static\/local is damaged/);
  await second.crash();
});

test('the status names the master, the pods by source and phase, and what is wrong', async (t) => {
  const { master, boot, clock, localServer, manifests } = createDevice();
  const agent = await boot();
  master.want(aPod('remote'));
  master.want(aPod('none', { spec: { containers: [aContainer('main', { image: 'registry.test/none:1' })] } }));
  await agent.poke();
  manifests.write('web.yaml', manifest('web'));
  manifests.write('bad.yaml', 'kind: Pod');
  await clock.advance(5000);
  const asked = localServer.ask().status();
  await clock.settle();
  const status = await asked;
  t.like(status, {
    node: 'pi-7',
    master: { answers: true },
    pods: { master: { Running: 1, Pending: 1 }, file: { Running: 1 } },
  });
  t.true(status.conditions.some(({ type, status: value }) => type === 'StaticPodsReady' && value === 'False'));
  t.regex(status.problems['file']?.[0] ?? '', /bad\.yaml/);
  t.regex(
    status.problems['pods']?.[0] ?? '',
    /^default\/none container main: ImagePullBackOff: Back-off pulling image /,
  );
  await agent.crash();
});
