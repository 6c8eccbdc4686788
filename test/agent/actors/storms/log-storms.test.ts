import test from 'ava';
import { CriError } from '../../../../src/agent/ports/cri.ts';
import { createDevice } from '../../../support/device.ts';
import { aPod } from '../../../support/pod-builder.ts';

/** A device with one pod that runs; its rate is 1000 bytes a second after 10 000 at once. */
async function running() {
  const device = createDevice();
  const agent = await device.boot();
  device.master.want(aPod());
  await agent.poke();
  const [container] = device.cri.running();
  if (container === undefined) throw new Error('nothing runs');
  const { id, name, labels } = container;
  const pod = {
    namespace: labels['io.kubernetes.pod.namespace'] ?? '',
    name: labels['io.kubernetes.pod.name'] ?? '',
    uid: labels['io.kubernetes.pod.uid'] ?? '',
  };
  const path = `${device.files.logDirectory(pod)}/${name}/0.log`;
  const log = (bytes: number) => device.diversion.log(id, path, bytes);
  const onDisk = () => device.diversion.disk.get(path) ?? 0;
  const reopened = () => device.cri.calls.filter((call) => call === 'reopenContainerLog').length;
  const told = (reason: string) => device.master.events.filter((event) => event['reason'] === reason);
  /** So many bytes a quarter of a second. */
  const storm = async (bytes: number, quarters: number) => {
    for (let i = 0; i < quarters; i += 1) {
      log(bytes);
      await device.clock.advance(250);
    }
  };
  return { ...device, agent, id, path, pod, log, onDisk, reopened, told, storm };
}

test('a storm goes to memory, the disk gets what the rate allows, and afterwards the log is where it was', async (t) => {
  const { agent, clock, diversion, storm, onDisk, reopened, told } = await running();
  await storm(2000, 40);
  t.is(reopened(), 1, 'it is diverted once');
  t.is(diversion.asides.size, 0, 'the log is in its place again');
  const before = onDisk();
  await storm(2000, 80);
  t.true(onDisk() - before <= 21_000, `${onDisk() - before} bytes in 20 s`);
  t.true(onDisk() - before >= 18_000);
  t.regex(diversion.notes[0] ?? '', /^\S+Z stderr F … \d+ bytes dropped: over the limit of 0.98 KiB a second/);
  t.true(diversion.notes.length <= 7, 'no storm of notes');
  t.is(told('LogStorm').length, 1);
  await clock.advance(75_000);
  t.is(reopened(), 2, 'and goes back once');
  t.is(diversion.memory.size, 0);
  const dropped = diversion.notes.map((note) => Number(/… (\d+)/.exec(note)?.[1])).reduce((sum, n) => sum + n, 0);
  t.is(dropped + onDisk(), 240_000, 'every byte is on the disk or counted');
  t.is(told('LogStormEnded').length, 1);
  await agent.crash();
});

test('a log that keeps to its rate is let alone', async (t) => {
  const { agent, clock, storm, reopened, log } = await running();
  log(9000);
  await clock.advance(10_000);
  await storm(240, 200);
  t.is(reopened(), 0);
  await agent.crash();
});

test('a runtime that starts anew in a storm, and writes to the disk again, is diverted again', async (t) => {
  const { agent, diversion, storm, onDisk, reopened, path } = await running();
  await storm(5000, 40);
  const before = reopened();
  diversion.disk.set(path, onDisk() + 3000);
  await storm(5000, 4);
  t.is(reopened(), before + 1);
  await agent.crash();
});

test('the next agent goes on with a storm that it finds, and a container that ends has nothing left in memory', async (t) => {
  const { agent, boot, clock, cri, diversion, storm, id, log, onDisk } = await running();
  await storm(5000, 40);
  agent.kill();
  log(50_000);
  const next = await boot();
  await clock.advance(3000);
  const before = onDisk();
  await storm(5000, 40);
  t.true(onDisk() - before <= 14_000, 'the rate, and what three quiet seconds have saved');
  cri.exit(id, 0);
  await clock.advance(3000);
  t.is(diversion.memory.get(id), undefined);
  await next.crash();
});

test('a runtime that does not answer leaves the log on the disk, and is asked again', async (t) => {
  const { agent, clock, cri, diversion, storm, reopened, told, path, onDisk } = await running();
  cri.failing = (method) => (method === 'reopenContainerLog' ? new CriError('timeout', 'no answer') : undefined);
  await storm(5000, 20);
  t.is(diversion.asides.size, 0);
  t.is(told('LogStorm').length, 0);
  cri.failing = () => undefined;
  const before = reopened();
  diversion.disk.set(path, onDisk() + 20_000);
  await storm(5000, 4);
  t.is(reopened(), before + 1);
  await clock.advance(1000);
  t.is(told('LogStorm').length, 1);
  await agent.crash();
});
