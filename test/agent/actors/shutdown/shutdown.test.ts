import test from 'ava';
import { createDevice } from '../../../support/device.ts';
import { FakeSystemShutdown } from '../../../support/fake-system-shutdown.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

type Policy = 'Always' | 'OnFailure' | 'Never';
const podOf = (name: string, priority = 0, restartPolicy: Policy = 'Always') =>
  aPod(name, { spec: { containers: [aContainer(name)], priority, restartPolicy, terminationGracePeriodSeconds: 60 } });

async function setUp(...pods: readonly ReturnType<typeof aPod>[]) {
  const device = createDevice();
  const system = new FakeSystemShutdown();
  const boot = () => device.boot({ shutdown: { system, periods: { total: 30, critical: 10 } } });
  const agent = await boot();
  for (const pod of pods) device.master.want(pod);
  await agent.poke();
  await device.clock.advance(5_000);
  const running = () =>
    device.cri
      .running()
      .map(({ config }) => config.name)
      .sort();
  const ready = () => {
    const [node] = device.master.nodes.slice(-1) as { status?: { conditions?: { type: string }[] } }[];
    return node?.status?.conditions?.filter(({ type }) => type === 'Ready');
  };
  return { ...device, system, agent, boot, running, ready };
}

test('pods end by priority, the critical ones last, each in its own time or what is left', async (t) => {
  const pods = [podOf('low', -5), podOf('plain'), podOf('high', 7), podOf('critical', 2_000_000_000)];
  const { cri, clock, system, running, ready } = await setUp(...pods);
  t.deepEqual(running(), ['critical', 'high', 'low', 'plain']);
  cri.ending = ({ name }) => (name === 'plain' ? 3_000 : 100);
  system.goDown();
  await clock.advance(1_000);
  t.deepEqual(running(), ['critical', 'high', 'plain'], 'the next begin when the first have ended');
  t.like(ready(), [{ status: 'False', reason: 'KubeletNotReady', message: 'node is shutting down' }]);
  t.false(system.isReady);
  await clock.advance(5_000);
  t.deepEqual(running(), []);
  t.true(system.isReady);
  t.deepEqual(
    cri.stops.map(({ name }) => name),
    ['low', 'plain', 'high', 'critical'],
  );
  // 20 s for the three that are not critical, of which each leaves 2 s to each of the next.
  t.true(cri.stops.every(({ name, graceSeconds }) => graceSeconds <= (name === 'low' ? 16 : 30)));
});

test('a pod that does not end does not keep the system waiting for longer than the period', async (t) => {
  const { cri, clock, system } = await setUp(podOf('stubborn'), podOf('critical', 2_000_000_000));
  cri.ending = ({ name }) => (name === 'stubborn' ? 3_600_000 : 100);
  system.goDown();
  await clock.advance(19_000);
  t.deepEqual(
    cri.stops.map(({ name }) => name),
    ['stubborn'],
  );
  await clock.advance(12_000);
  t.deepEqual(
    cri.stops.map(({ name }) => name),
    ['stubborn', 'critical'],
  );
  t.true(system.isReady);
});

test('what runs for ever or until it succeeds runs again after the boot; what runs once has failed', async (t) => {
  const { cri, clock, system, agent, boot, master, running, journal } = await setUp(
    podOf('always'),
    podOf('retried', 0, 'OnFailure'),
    podOf('once', 0, 'Never'),
  );
  const { stopContainer } = cri;
  cri.stopContainer = async (id, grace) => {
    cri.exit(id, 0);
    await stopContainer(id, grace);
  };
  system.goDown();
  await clock.advance(5_000);
  t.true(system.isReady);
  t.like(master.status('always'), { phase: 'Running', reason: 'Terminated' });
  t.like(master.status('retried'), { phase: 'Running', reason: 'Terminated' });
  t.like(master.status('once'), {
    phase: 'Failed',
    reason: 'Terminated',
    message: 'Pod was terminated in response to imminent node shutdown.',
  });
  await agent.crash();
  for (const id of cri.sandboxes.keys()) cri.loseSandbox(id);
  journal.boot = 'boot-2';
  const next = await boot();
  await clock.advance(5_000);
  t.deepEqual(running(), ['always', 'retried']);
  t.is(master.status('always')?.reason, undefined);
  t.is(master.status('once')?.phase, 'Failed');
  await next.crash();
});

test('a new pod is not begun while the device goes down; all run when it does not after all', async (t) => {
  const { clock, system, agent, master, running, ready } = await setUp(podOf('web'));
  system.goDown();
  await clock.advance(2_000);
  master.want(podOf('late'));
  await agent.poke();
  await clock.advance(2_000);
  t.deepEqual(running(), []);
  const said = master.events.find(({ reason }) => reason === 'NodeShutdown');
  t.like(said, { involvedObject: { name: 'late' }, type: 'Warning' });
  system.goOn();
  await clock.advance(15_000);
  t.deepEqual(running(), ['late', 'web']);
  t.like(ready(), [{ status: 'True' }]);
});
