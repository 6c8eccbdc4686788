import test from 'ava';
import { createDevice } from '../../support/device.ts';
import { aPod } from '../../support/pod-builder.ts';

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
