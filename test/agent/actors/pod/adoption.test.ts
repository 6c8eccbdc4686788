import test from 'ava';
import { createDevice } from '../../../support/device.ts';
import { aPod } from '../../../support/pod-builder.ts';

test('the first listing is believed by workers that begin while it is under way: a slow disk and a slow runtime delay nothing further', async (t) => {
  const { clock, cri, checkpoint, master, boot } = createDevice();
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
  const { load } = checkpoint;
  checkpoint.load = async () => {
    await new Promise<void>((resolve) => clock.timer(50, resolve));
    return await load.apply(checkpoint);
  };
  const second = await boot();
  await clock.advance(1_000);
  t.is(new Set(master.reports.map(({ uid }) => uid)).size, 20);
  await second.crash();
});
