/** The wall clock of a device jumps; nothing that the agent does may come sooner or later for it. */

import test from 'ava';
import { createDevice } from '../../support/device.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

const DAY = 86_400_000;
const MINUTES = 20;

/** What the agent asks of the runtime, minute by minute, while containers crash, an image is missing and the master goes away. */
async function life(jump: (clock: ReturnType<typeof createDevice>['clock'], minute: number) => void) {
  const { clock, cri, master, boot } = createDevice();
  const calls: string[] = [];
  const begun = clock.now();
  const at = (what: string) => calls.push(`${clock.now() - begun} ${what}`);
  cri.exits = ({ name }) => (name === 'crashes' ? 1 : undefined);
  cri.failing = (method, subject) => void at(`${method} ${subject}`);
  const agent = await boot();
  master.want(aPod('web', { spec: { containers: [aContainer('app'), aContainer('crashes')] } }));
  master.want(aPod('none', { spec: { containers: [aContainer('app', { image: 'registry.test/none:1' })] } }));
  await agent.poke();
  for (let minute = 0; minute < MINUTES; minute += 1) {
    master.away = minute % 5 === 2;
    await clock.advance(17_000);
    jump(clock, minute);
    await clock.advance(43_000);
    if (minute === 10) for (const { id, name } of cri.running()) if (name === 'app') cri.exit(id, 1);
  }
  await agent.crash();
  const times = (wanted: string) =>
    calls.filter((call) => call.includes(` ${wanted}`)).map((call) => Number(call.split(' ', 1)[0]));
  return { starts: times('startContainer'), pulls: times('pullImage'), lists: times('listContainers') };
}

for (const [what, jumps] of [
  ['forward by a day', [DAY]],
  ['back by a day', [-DAY]],
  ['forward and back by a day', [DAY, -DAY]],
  ['to 1970 and back', [-1_767_225_600_000, 1_767_225_600_000]],
] as const) {
  test(`when the wall clock jumps ${what} again and again, nothing happens sooner or later for it`, async (t) => {
    const still = await life(() => {});
    const jumping = await life((clock, minute) => clock.jump(jumps[minute % jumps.length] ?? 0));
    t.true(still.starts.length > 8 && still.pulls.length > 5 && still.lists.length > 500);
    t.deepEqual(jumping, still);
  });
}
