import test from 'ava';
import { noteEnd } from '../../../../src/agent/actors/reboot/boot-mark.ts';
import type { BootTraces } from '../../../../src/agent/ports/boot-traces.ts';
import { createDevice } from '../../../support/device.ts';
import { FakeKeptFile } from '../../../support/fake-local.ts';

function setUp() {
  const device = createDevice();
  const mark = new FakeKeptFile();
  let saves = 0;
  const save = async (content: Uint8Array) => {
    saves += 1;
    await mark.save(content);
  };
  const counted = { load: mark.load, save };
  const left: { traces: BootTraces } = {
    traces: {
      ...{
        bootId: 'boot-1',
        dumps: [],
        names: [],
        shutdownRecorded: undefined,
        watchdogStatus: 0,
        resetStatus: undefined,
        powerEvents: 0,
      },
    },
  };
  const boot = async () => {
    const agent = await device.boot({ reboot: { mark: counted, traces: { read: async () => left.traces } } });
    await device.clock.advance(1_000);
    return agent;
  };
  const rebooted = () => device.master.events.filter(({ reason }) => reason === 'Rebooted');
  const lastReboot = () =>
    (device.master.nodes.at(-1) as { status?: { device?: { lastReboot?: object } } }).status?.device?.lastReboot;
  return { ...device, mark, left, boot, rebooted, lastReboot, saves: () => saves };
}

test('a first boot has no reason; a restart of the agent is no reboot; a power cut is told once, on the Node and as its Event', async (t) => {
  const { boot, rebooted, lastReboot, left, saves } = setUp();
  await (await boot()).crash();
  await (await boot()).crash();
  t.deepEqual(rebooted(), []);
  t.is(lastReboot(), undefined);
  t.is(saves(), 1, 'a restart writes nothing');

  left.traces = { ...left.traces, bootId: 'boot-2', resetStatus: 0x1000 };
  const after = await boot();
  t.like(lastReboot(), { reason: 'PowerLoss', bootID: 'boot-2' });
  const [event] = rebooted();
  t.like(event, { involvedObject: { kind: 'Node', name: 'pi-7' }, type: 'Warning' });
  t.regex(String(event?.['message']), /^Node pi-7 has been rebooted, boot id: boot-2: the board was without power/);
  await after.crash();
  await boot();
  t.is(rebooted().length, 1);
  t.like(lastReboot(), { reason: 'PowerLoss', bootID: 'boot-2' }, 'an agent that starts anew in the boot knows it too');
});

test('a shutdown that the agent saw was asked for', async (t) => {
  const { boot, mark, lastReboot, left } = setUp();
  await (await boot()).crash();
  await noteEnd(mark, true);
  left.traces = { ...left.traces, bootId: 'boot-2' };
  await boot();
  t.like(lastReboot(), { reason: 'Requested' });
});

test('heat is noted while it lasts, and is the reason when the device goes dark in it', async (t) => {
  const { boot, lastReboot, left, saves, sensors, clock } = setUp();
  const agent = await boot();
  const before = saves();
  await clock.advance(60_000);
  t.is(saves(), before, 'nothing is written while nothing changes');
  sensors.reading = {
    ...sensors.reading,
    temperatures: [{ zone: 'cpu-thermal', processor: true, celsius: 95, slowedFrom: 80 }],
  };
  await clock.advance(30_000);
  t.is(saves(), before + 1);
  await agent.crash();
  left.traces = { ...left.traces, bootId: 'boot-2' };
  await boot();
  t.like(lastReboot(), { reason: 'Overheated' });
});

test('a note that is damaged or can not be written stops nothing', async (t) => {
  const { boot, mark, rebooted, left } = setUp();
  mark.problem = 'damaged';
  mark.full = true;
  await (await boot()).crash();
  left.traces = { ...left.traces, bootId: 'boot-2' };
  await boot();
  t.deepEqual(rebooted(), []);
});
