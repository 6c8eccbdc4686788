import test from 'ava';
import { usage } from '../../../../src/agent/actors/usage/usage.ts';
import { imageAnnotation, podLabels } from '../../../../src/agent/core/pod/pod-labels.ts';
import { UsageError } from '../../../../src/agent/ports/usage.ts';
import { FakeClock } from '../../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../../src/common/actor/system.ts';
import { sandboxConfig, shellConfig } from '../../../support/cri-configs.ts';
import { createDevice } from '../../../support/device.ts';
import { FakeCri } from '../../../support/fake-cri.ts';
import { cpuOf, FakeUsage, nodeUsage } from '../../../support/fake-usage.ts';
import { aPod } from '../../../support/pod-builder.ts';

async function started(housekeepingInterval = 10_000) {
  const clock = new FakeClock();
  const port = new FakeUsage();
  const system = createSystem({ clock, log: silentLogger, random: () => 0.5 });
  const ref = system.spawn('usage', usage({ usage: port, housekeepingInterval }));
  await clock.settle();
  const ask = async (maxAge: number, disk?: 'fresh') => {
    const answer = ref.ask({ type: 'sweep', maxAge, ...(disk === undefined ? {} : { disk }) }, 5000);
    await clock.settle();
    return await answer;
  };
  return { clock, port, ref, ask, system };
}

test('one look a period serves all who are content with one so old, and nobody makes another', async (t) => {
  const { clock, port, ask } = await started();
  t.is(port.looks.length, 1);
  await clock.advance(60_000);
  t.is(port.looks.length, 7);
  const [one, other] = [await ask(10_000), await ask(15_000)];
  t.is(one, other);
  t.is(port.looks.length, 7);
});

test('many who want something newer at once share one look, and the period begins anew after it', async (t) => {
  const { clock, port, ref, ask } = await started();
  await clock.advance(5000);
  let go = () => {};
  port.pause = () => new Promise((resolve) => (go = resolve));
  const answers = [100, 200, 300].map((maxAge) => ref.ask({ type: 'sweep', maxAge }, 5000));
  await clock.settle();
  t.is(port.looks.length, 2);
  port.pause = async () => {};
  go();
  await clock.settle();
  const sweeps = await Promise.all(answers);
  t.is(new Set(sweeps).size, 1);
  t.is(sweeps[0]?.at, clock.now());
  await clock.advance(9000);
  t.is(port.looks.length, 2);
  await ask(10_000);
  t.is(port.looks.length, 2);
});

test('what is on the disk is measured when somebody wants it fresh, also during another look', async (t) => {
  const { clock, port, ref } = await started();
  let go = () => {};
  port.pause = () => new Promise((resolve) => (go = resolve));
  await clock.advance(1);
  const plain = ref.ask({ type: 'sweep', maxAge: 0 }, 5000);
  await clock.settle();
  const fresh = ref.ask({ type: 'sweep', maxAge: 0, disk: 'fresh' }, 5000);
  await clock.settle();
  port.pause = async () => {};
  go();
  await clock.settle();
  await Promise.all([plain, fresh]);
  t.deepEqual(port.looks, ['kept', 'kept', 'fresh']);
});

test('a look before a container came is not new, however young; one before a container went is', async (t) => {
  const { clock, port, ref, ask } = await started();
  const cri = new FakeCri(() => clock.wall());
  cri.addImage('registry.test/app:1');
  const annotations = { [imageAnnotation]: 'app' };
  const labels = podLabels({ namespace: 'default', name: 'web', uid: 'uid-web' });
  const sandbox = await cri.runSandbox(sandboxConfig('web', { labels }));
  const list = async () => {
    const listing = { at: clock.now(), sandboxes: await cri.listSandboxes(), containers: await cri.listContainers() };
    ref.tell({ type: 'listing', listing });
    await clock.settle();
  };
  await list();
  t.deepEqual((await ask(10_000)).pods, []);
  const id = await cri.createContainer(sandbox, shellConfig('registry.test/app:1', 'true', { labels, annotations }));
  await cri.startContainer(id);
  await list();
  const { pods } = await ask(10_000);
  t.deepEqual(
    pods.flatMap(({ containers }) => containers.map(({ image }) => image)),
    ['app'],
  );
  const looks = port.looks.length;
  await list();
  await cri.stopContainer(id, 0);
  await list();
  await ask(10_000);
  t.is(port.looks.length, looks);
});

test('rates tell what was used between two looks, and neither the first look nor a counter that was set back has any', async (t) => {
  const { clock, port, ask } = await started();
  t.is((await ask(10_000)).node.cpu?.nanoCores, undefined);
  port.node = nodeUsage({ cpu: cpuOf(5e9) });
  await clock.advance(10_000);
  t.is((await ask(10_000)).node.cpu?.nanoCores, 5e8);
  port.node = nodeUsage({ cpu: cpuOf(1e9) });
  await clock.advance(10_000);
  t.is((await ask(10_000)).node.cpu?.nanoCores, undefined);
});

test('a device that can not be read keeps those waiting who ask, and answers once it can', async (t) => {
  const { clock, port, ref } = await started();
  port.failing = () => new UsageError('failed', 'no such file system');
  await clock.advance(1);
  const answer = ref.ask({ type: 'sweep', maxAge: 0 }, 5000);
  await clock.settle();
  port.failing = () => undefined;
  await clock.advance(1000);
  t.is((await answer).at, clock.now());
});

test('without a period nothing is read until somebody asks', async (t) => {
  const { clock, port, ask } = await started(0);
  await clock.advance(60_000);
  t.is(port.looks.length, 0);
  await ask(1000);
  await clock.advance(60_000);
  t.is(port.looks.length, 1);
});

test('the history has each sweep of the last fifteen minutes after the time that is asked for', async (t) => {
  const { clock, ref } = await started();
  await clock.advance(20 * 60_000);
  const all = await ref.ask({ type: 'history', after: 0 }, 1000);
  t.is(all.length, 90);
  const since = clock.now() - 60_000;
  const late = await ref.ask({ type: 'history', after: since }, 1000);
  t.deepEqual(
    late.map(({ at }) => at - since),
    [10_000, 20_000, 30_000, 40_000, 50_000, 60_000],
  );
});

test('the agent gathers usage of the pods that the runtime runs, and of their containers that run', async (t) => {
  const device = createDevice();
  const agent = await device.boot();
  device.master.want(aPod());
  await agent.poke();
  await device.clock.advance(20_000);
  t.true(device.usage.looks.length >= 2);
  t.deepEqual(
    device.usage.subjects.map(({ pod, containers }) => [pod.name, containers.map(({ name }) => name)]),
    [[aPod().metadata.name, device.cri.running().map(({ name }) => name)]],
  );
  await agent.crash();
  t.true(device.usage.closed);
});
