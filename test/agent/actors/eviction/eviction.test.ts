import test from 'ava';
import { createDevice } from '../../../support/device.ts';
import { memoryOf, podUsage } from '../../../support/fake-usage.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const requests = { requests: { memory: '10Mi' } };

/** A device with one pod that runs. */
async function busy() {
  const device = createDevice();
  const agent = await device.boot();
  const { master, clock, pressure } = device;
  master.want(aPod('web', { spec: { containers: [aContainer('app')] } }));
  await agent.poke();
  await clock.advance(2000);
  return { ...device, agent, short: (left: number) => pressure.left('memory.available', left) };
}

test('under memory pressure no BestEffort pod begins, and others do; afterwards all do', async (t) => {
  const { agent, master, clock, short, pressure } = await busy();
  short(1);
  await clock.advance(11_000);
  master.want(aPod('free', { spec: { containers: [aContainer('app')] } }));
  master.want(aPod('modest', { spec: { containers: [aContainer('app', { resources: requests })] } }));
  await agent.poke();
  await clock.advance(2000);
  t.like(master.status('free'), {
    phase: 'Failed',
    reason: 'Evicted',
    message: 'Pod was rejected: The node had condition: [MemoryPressure]. ',
  });
  t.is(master.status('modest')?.phase, 'Running');
  pressure.enough();
  await clock.advance(301_000);
  master.want(aPod('later', { spec: { containers: [aContainer('app')] } }));
  await agent.poke();
  await clock.advance(2000);
  t.is(master.status('later')?.phase, 'Running');
  await agent.crash();
});

test('the kernel wakes the agent, and an idle device looks seldom', async (t) => {
  const { agent, clock, pressure } = await busy();
  const before = pressure.reads;
  await clock.advance(60_000);
  t.true(pressure.reads - before <= 7);
  const idle = pressure.reads;
  await clock.advance(100);
  pressure.wake();
  await clock.settle();
  t.true(pressure.reads > idle);
  await agent.crash();
});

test('the pressure and its end are told as Events of the Node', async (t) => {
  const { agent, master, clock, short, pressure } = await busy();
  short(1);
  await clock.advance(12_000);
  pressure.enough();
  await clock.advance(302_000);
  const said = master.events.map(({ reason }) => reason);
  t.deepEqual(
    said.filter((reason) => String(reason).startsWith('NodeHas')),
    ['NodeHasInsufficientMemory', 'NodeHasSufficientMemory'],
  );
  await agent.crash();
});

test('a pod whose end a full disk can not take down gets the room that is kept for that, and nobody else is ended', async (t) => {
  const { agent, master, clock, pressure, ballast, cri, usage } = await busy();
  t.true(ballast.kept, 'while there is plenty');
  const fs = (usedBytes: number) => ({ volumes: [{ name: 'fill', medium: 'disk' as const, usedBytes }] });
  usage.pods.set('uid-web', podUsage('web', fs(9e9)));
  master.want(aPod('other', { spec: { containers: [aContainer('app')] } }));
  await agent.poke();
  await clock.advance(2000);
  // The runtime does not say that the container has ended before it could write that.
  let ended = () => {};
  const written = new Promise<void>((resolve) => {
    ended = resolve;
  });
  cri.ending = () => 1;
  cri.pause = () => written;
  ballast.released = () => {
    ended();
    pressure.enough();
  };
  const stop = cri.stopContainer;
  cri.stopContainer = async (id) => {
    await written;
    await stop(id, 0);
  };
  pressure.left('nodefs.available', 0);
  await clock.advance(60_000);
  t.like(master.status('web'), { phase: 'Failed', reason: 'Evicted' });
  t.is(master.status('other')?.phase, 'Running');
  await clock.advance(300_000);
  t.true(ballast.kept, 'and again when there is plenty');
  await agent.crash();
});

test('a pod that takes all memory before the runtime has said that it runs is ended, and nobody else', async (t) => {
  const { agent, master, clock, pressure, cri, usage, short } = await busy();
  usage.pods.set('uid-eater', podUsage('eater', { memory: memoryOf(1e9) }));
  const start = cri.startContainer;
  let begun = () => {};
  const answered = new Promise<void>((resolve) => {
    begun = resolve;
  });
  cri.startContainer = async (id) => {
    await start(id);
    short(1);
    pressure.wake();
    await answered;
  };
  master.want(aPod('eater', { spec: { containers: [aContainer('app')] } }));
  await agent.poke();
  await clock.advance(3000);
  begun();
  pressure.enough();
  await clock.advance(30_000);
  t.like(master.status('eater'), { phase: 'Failed', reason: 'Evicted' });
  t.is(master.status('web')?.phase, 'Running');
  await agent.crash();
});
