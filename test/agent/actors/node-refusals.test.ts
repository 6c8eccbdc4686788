import test from 'ava';
import { createDevice } from '../../support/device.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

const unsafe = aPod('web', {
  spec: { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] } },
});

test('a pod with an unsafe kernel parameter fails, with the reason, and nothing is made for it', async (t) => {
  const { master, cri, boot } = createDevice();
  const agent = await boot();
  master.want(unsafe);
  await agent.poke();
  t.like(master.status('web'), {
    phase: 'Failed',
    reason: 'SysctlForbidden',
    message: 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
  });
  t.deepEqual(master.status('web')?.containerStatuses, [], 'no container is called being created');
  t.is(cri.sandboxes.size, 0);
  await agent.crash();
});

test('a setting of the node allows it, and what runs goes on when the setting is taken back', async (t) => {
  const { master, cri, boot } = createDevice();
  const first = await boot({ unsafeSysctls: ['kernel.msg*'] });
  master.want(unsafe);
  await first.poke();
  t.is(cri.running().length, 1);
  t.deepEqual([...cri.sandboxes.values()][0]?.config.sysctls, { 'kernel.msgmax': '65536' });
  await first.crash();
  const second = await boot();
  await second.poke();
  t.is(cri.running().length, 1);
  t.is(master.status('web')?.phase, 'Running');
  await second.crash();
});

const asking = (name: string, cpu: string) =>
  aPod(name, { spec: { containers: [aContainer('app', { resources: { requests: { cpu } } })] } });

test('a pod that came past the scheduler and has no room fails, and what runs is left alone', async (t) => {
  const { master, cri, clock, boot } = createDevice();
  const agent = await boot();
  master.want(asking('web', '3'));
  await agent.poke();
  t.is(master.status('web')?.phase, 'Running');
  master.want(asking('more', '2'));
  await agent.poke();
  t.is(master.status('more'), undefined, 'it waits: something may be about to end');
  await clock.advance(10_000);
  await agent.poke();
  t.like(master.status('more'), {
    phase: 'Failed',
    reason: 'OutOfcpu',
    message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000",
  });
  t.is(master.status('web')?.phase, 'Running');
  t.is(cri.running().length, 1);
  await agent.crash();
  const again = await boot();
  await again.poke();
  await clock.advance(20_000);
  t.is(master.status('more')?.reason, 'OutOfcpu', 'it is rejected for good');
  t.is(cri.running().length, 1);
  await again.crash();
});

test('a pod waits for the room of one that is ending', async (t) => {
  const { master, cri, clock, boot } = createDevice();
  const agent = await boot();
  master.want(asking('web', '3'));
  await agent.poke();
  master.want(asking('more', '3'));
  await agent.poke();
  t.is(cri.running().length, 1);
  master.unwant('Pod', 'web');
  await agent.poke();
  await clock.advance(5_000);
  t.is(master.status('more')?.phase, 'Running');
  await agent.crash();
});
