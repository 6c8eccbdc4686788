import test from 'ava';
import { createDevice } from '../../../support/device.ts';
import { aPod } from '../../../support/pod-builder.ts';

test('a control group that a killed agent left of a pod that is gone is removed by the next one, and others stay', async (t) => {
  const { boot, cgroups, master, clock } = createDevice();
  await cgroups.place(['besteffort', 'podgone-1'], { cpuShares: 2 });
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  await clock.advance(10_000);
  t.false(cgroups.groups.has('besteffort/podgone-1'));
  t.is(cgroups.groups.size, 1, 'that of the pod that runs');
  await agent.crash();
});

test('a device with idle pods writes nothing to its disk', async (t) => {
  const { boot, master, clock, cri } = createDevice();
  const calls: string[] = [];
  const agent = await boot({}, (call) => {
    calls.push(call);
    return undefined;
  });
  for (let index = 0; index < 10; index += 1) master.want(aPod(`pod-${index}`));
  await agent.poke();
  await clock.advance(60_000);
  t.is(cri.running().length, 10);
  calls.length = 0;
  await clock.advance(2 * 3_600_000);
  const writes = ['apply', 'writeFile', 'writeVolume', 'makeEmptyDir', 'append', 'replace', 'place', 'point', 'write'];
  t.deepEqual(
    calls.filter((call) => writes.includes(call)),
    [],
  );
  t.true(calls.includes('listContainers'), 'the calls are seen');
  await agent.crash();
});
