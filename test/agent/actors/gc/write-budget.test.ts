import test from 'ava';
import { nodeSchema } from '../../../../src/common/model/node.ts';
import { createDevice } from '../../../support/device.ts';

const HOUR = 3_600_000;
const MIB = 1024 * 1024;

test('what is written a day is told once an hour at most, and only when it changed', async (t) => {
  const { boot, clock, master, writes } = createDevice();
  writes.agent = 500 * MIB;
  const agent = await boot();
  const told = () => nodeSchema.parse(master.nodes.at(-1)).status?.device?.writtenBytesPerDay;
  await clock.advance(HOUR - 1000);
  t.is(told(), undefined);
  writes.agent += MIB / 24;
  writes.total += 10 * MIB;
  await clock.advance(10_000);
  t.deepEqual(told(), { agent: 1_000_000, logs: 0, total: 250_000_000 });
  for (let hours = 0; hours < 5; hours += 1) {
    writes.agent += MIB / 20;
    writes.total += 10 * MIB;
    await clock.advance(HOUR);
  }
  t.is(told()?.agent, 1_000_000, 'nearly the same');
  writes.agent += 10 * MIB;
  await clock.advance(HOUR);
  t.true((told()?.agent ?? 0) > 30 * MIB);
  await agent.crash();
});
