import test from 'ava';
import type { HealthReading } from '../../../../src/agent/core/health/health-reading.ts';
import { CgroupsError } from '../../../../src/agent/ports/cgroups.ts';
import type { Node } from '../../../../src/common/model/node.ts';
import { createDevice } from '../../../support/device.ts';
import { aReading } from '../../../support/fake-sensors.ts';

const SLOWED = 80_000;

/** A device whose sensors say what is set, and what its master knows of it. */
function ailing() {
  const device = createDevice();
  const { clock, sensors, master } = device;
  const condition = (type: string) =>
    (master.nodes.at(-1) as Node | undefined)?.status?.conditions?.find((one) => one.type === type);
  const reasons = () =>
    master.events.map(({ reason }) => String(reason)).filter((one) => /Voltage|BestEffort/.test(one));
  const say = (reading: Partial<HealthReading>) => {
    sensors.reading = aReading(reading);
  };
  return { ...device, condition, reasons, say, wait: (seconds: number) => clock.advance(seconds * 1000) };
}

test('a condition shows within ten seconds, with an Event, and BestEffort pods are slowed before anything else', async (t) => {
  const { boot, say, wait, condition, reasons, cgroups } = ailing();
  say({ underVoltage: false });
  const agent = await boot();
  await wait(1);
  t.is(condition('UnderVoltage')?.status, 'False');
  t.is(cgroups.bestEffortQuota, undefined);
  say({ underVoltage: true });
  await wait(9);
  t.like(condition('UnderVoltage'), { status: 'True', reason: 'UnderVoltageDetected' });
  t.is(cgroups.bestEffortQuota, SLOWED, 'a fifth of four cores');
  t.deepEqual(reasons(), ['UnderVoltageDetected', 'BestEffortSlowed']);
  await agent.crash();
});

test('five quiet minutes after the last sign BestEffort pods are free, and the node is told well', async (t) => {
  const { boot, say, wait, condition, reasons, cgroups } = ailing();
  say({ underVoltage: true });
  const agent = await boot();
  await wait(1);
  say({ underVoltage: false });
  await wait(200);
  say({ underVoltage: true });
  await wait(10);
  say({ underVoltage: false });
  await wait(280);
  t.is(cgroups.bestEffortQuota, SLOWED);
  t.is(condition('UnderVoltage')?.status, 'True');
  await wait(30);
  t.is(cgroups.bestEffortQuota, undefined);
  t.is(condition('UnderVoltage')?.status, 'False');
  t.deepEqual(reasons(), ['UnderVoltageDetected', 'BestEffortSlowed', 'VoltageSufficient', 'BestEffortFreed']);
  await agent.crash();
});

test('an agent that is killed in the middle leaves them slowed; the next one frees them in time, and tells nothing twice', async (t) => {
  const { boot, say, wait, condition, reasons, cgroups } = ailing();
  say({ underVoltage: true });
  const first = await boot();
  await wait(1);
  first.kill();
  t.is(cgroups.bestEffortQuota, SLOWED);
  say({ underVoltage: false });
  const second = await boot();
  await wait(290);
  t.is(cgroups.bestEffortQuota, SLOWED);
  t.is(condition('UnderVoltage')?.status, 'True');
  await wait(20);
  t.is(cgroups.bestEffortQuota, undefined);
  t.deepEqual(reasons(), ['UnderVoltageDetected', 'BestEffortSlowed', 'VoltageSufficient', 'BestEffortFreed']);
  await second.crash();
});

test('a limit that was left behind and that nobody knows of is taken back', async (t) => {
  const { boot, wait, cgroups } = ailing();
  await cgroups.limitBestEffort(SLOWED);
  const agent = await boot();
  await wait(1);
  t.is(cgroups.bestEffortQuota, undefined);
  await agent.crash();
});

test('what the kernel refuses is tried again, in both directions', async (t) => {
  const { boot, say, wait, cgroups } = ailing();
  say({ underVoltage: true });
  cgroups.refusing = new CgroupsError('failed', 'no');
  const agent = await boot();
  await wait(10);
  t.is(cgroups.bestEffortQuota, undefined);
  cgroups.refusing = undefined;
  await wait(8);
  t.is(cgroups.bestEffortQuota, SLOWED);
  cgroups.refusing = new CgroupsError('failed', 'no');
  say({ underVoltage: false });
  await wait(310);
  t.is(cgroups.bestEffortQuota, SLOWED);
  cgroups.refusing = undefined;
  await wait(8);
  t.is(cgroups.bestEffortQuota, undefined);
  await agent.crash();
});

test('a file of what was wrong that is damaged, or that can not be written, keeps nothing from going on', async (t) => {
  const { boot, say, wait, condition, keptHealth, cgroups } = ailing();
  keptHealth.problem = 'damaged';
  keptHealth.full = true;
  say({ underVoltage: true });
  const agent = await boot();
  await wait(10);
  t.is(condition('UnderVoltage')?.status, 'True');
  t.is(cgroups.bestEffortQuota, SLOWED);
  keptHealth.full = false;
  await wait(8);
  t.regex(Buffer.from(keptHealth.content ?? new Uint8Array()).toString(), /UnderVoltageDetected/);
  await agent.crash();
});

test('a share of 100 % slows nobody, and says nothing of it', async (t) => {
  const { boot, say, wait, reasons, cgroups, sensors, keptHealth } = ailing();
  say({ underVoltage: true });
  const agent = await boot({
    health: { sensors, kept: keptHealth, rules: { quiet: 300_000 }, bestEffortPercent: 100 },
  });
  await wait(10);
  t.is(cgroups.bestEffortQuota, undefined);
  t.deepEqual(reasons(), ['UnderVoltageDetected']);
  await agent.crash();
});

test('the hardware is told with the Node, and an idle device tells nothing more', async (t) => {
  const { boot, say, wait, master, keptHealth } = ailing();
  const at = (celsius: number) => ({
    temperatures: [{ zone: 'cpu-thermal', processor: true, celsius }],
    device: { model: 'Raspberry Pi 4 Model B Rev 1.4', revision: 'c03114', pageSizeBytes: 4096 },
    storage: [{ name: 'mmcblk0', type: 'SD' }],
  });
  say(at(50));
  const agent = await boot();
  await wait(20);
  t.deepEqual((master.nodes.at(-1) as Node | undefined)?.status?.device, {
    ...{ model: 'Raspberry Pi 4 Model B Rev 1.4', revision: 'c03114', pageSizeBytes: 4096 },
    storage: [{ name: 'mmcblk0', type: 'SD' }],
  });
  const told = JSON.stringify(master.nodes.at(-1));
  for (let minute = 0; minute < 10; minute += 1) {
    say(at(50 + minute));
    await wait(60);
  }
  t.is(JSON.stringify(master.nodes.at(-1)), told);
  t.is(keptHealth.content, undefined, 'nothing was written');
  await agent.crash();
});

test('what degrades the device is told beside what its kernel lacks', async (t) => {
  const { boot, say, wait, condition } = ailing();
  say({ errors: [{ name: 'mmcblk0p2', kind: 'filesystem', count: 2 }] });
  const agent = await boot();
  await wait(10);
  t.like(condition('Degraded'), { status: 'True', reason: 'FileSystemErrors' });
  say({ errors: [{ name: 'mmcblk0p2', kind: 'filesystem', count: 0 }] });
  await wait(90);
  t.like(condition('Degraded'), { status: 'False', reason: 'AllEnforced' });
  await agent.crash();
});

test('when the part that tells the Node fails, the agent begins anew as a whole: nothing that others told it is forgotten', async (t) => {
  const { boot, say, wait, condition, cri } = ailing();
  say({ underVoltage: true });
  const agent = await boot();
  await wait(1);
  t.is(condition('UnderVoltage')?.status, 'True');
  const { status } = cri;
  cri.status = async () => {
    cri.status = status;
    throw new Error('a bug');
  };
  await wait(30);
  t.is(condition('UnderVoltage')?.status, 'True');
  for (const type of ['MemoryPressure', 'StaticPodsReady', 'CheckpointProblem', 'Ready']) {
    t.truthy(condition(type), `${type} is told`);
  }
  say({ underVoltage: false });
  await wait(310);
  t.is(condition('UnderVoltage')?.status, 'False', 'who listens is known again');
  await agent.crash();
});
