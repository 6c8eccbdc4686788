import test from 'ava';
import { createDevice } from '../../../support/device.ts';
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
