import test from 'ava';
import { createDevice } from '../../support/device.ts';
import { aPod } from '../../support/pod-builder.ts';

test('a runtime that takes its time to list delays nobody further: all pods are told of with the first listing', async (t) => {
  const { clock, cri, master, boot } = createDevice();
  const first = await boot();
  for (let index = 0; index < 20; index += 1) master.want(aPod(`web-${index}`));
  await first.poke();
  await clock.advance(2_000);
  await first.crash();
  master.reports.length = 0;
  const { listContainers } = cri;
  cri.listContainers = async (...given) => {
    const answer = await listContainers.apply(cri, given);
    await new Promise<void>((resolve) => clock.timer(300, resolve));
    return answer;
  };
  const second = await boot();
  await clock.advance(1_000);
  t.is(new Set(master.reports.map(({ uid }) => uid)).size, 20);
  await second.crash();
});
