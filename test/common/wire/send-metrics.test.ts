import { connect } from '@nats-io/transport-node';
import test from 'ava';
import { type MetricsMessage, metrics } from '../../../src/agent/actors/metrics/metrics.ts';
import { realClock } from '../../../src/common/actor/clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../src/common/actor/system.ts';
import type { Ref } from '../../../src/common/actor/types.ts';
import { connectNats } from '../../../src/common/wire/connect.ts';
import { metricsBatch } from '../../../src/common/wire/metrics-protocol.ts';
import { sendMetrics } from '../../../src/common/wire/send-metrics.ts';
import { startCutProxy } from '../../support/cut-proxy.ts';
import { until } from '../../support/eventually.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { SweepingActor, sweepAt } from '../../support/sweep-builder.ts';

const INTERVAL = 100;

test('a link that is cut, and stays cut for a while, leaves no gap, and sends nothing twice but what may not have arrived', async (t) => {
  const server = await startNatsServer({ jetstream: false });
  t.teardown(() => server.stop());
  const proxy = await startCutProxy(`127.0.0.1:${server.port}`);
  t.teardown(() => proxy.stop());
  const listener = await connect({ servers: server.url });
  t.teardown(() => listener.close());
  const heard: number[] = [];
  listener.subscribe('bramble.node.pi_7.up.metrics', {
    callback: (_error, message) => {
      heard.push(...metricsBatch.parse(message.json()).samples.map(({ at }) => at));
    },
  });
  await listener.flush();
  const nc = await connectNats({ servers: `nats://${proxy.host}`, name: 'device', lifetime: 'long' });
  t.teardown(() => nc.close());
  const system = createSystem({ clock: realClock, log: silentLogger, random: Math.random });
  t.teardown(() => system.shutdown());
  const usage = new SweepingActor();
  const ref: Ref<MetricsMessage> = system.spawn(
    'metrics',
    metrics({
      node: 'pi.7',
      usage: system.spawn('usage', usage.behavior()),
      uplink: { send: (samples) => sendMetrics(nc, 'pi.7', samples) },
      interval: INTERVAL,
    }),
  );
  void (async () => {
    for await (const { type } of nc.status()) if (type === 'reconnect') ref.tell({ type: 'online' });
  })();

  await until('samples come', async () => heard.length >= 3);
  proxy.cutAfter(0);
  const before = usage.sweeps.length;
  // Whatever the connection does meanwhile.
  await until('more is measured while it is cut', async () => usage.sweeps.length >= before + 10);
  const cut = usage.sweeps.at(-1)?.at ?? 0;
  t.true((heard.at(-1) ?? 0) < cut, 'nothing came through a link that is cut');
  proxy.mend();
  await until('samples come again', async () => (heard.at(-1) ?? 0) > cut);
  await until('and go on', async () => (heard.at(-1) ?? 0) > cut + 3 * INTERVAL);

  const last = heard.at(-1) ?? 0;
  const times = [...new Set(heard)];
  // Of the one message whose acknowledgement the cut has swallowed nobody on the device can know.
  t.true(heard.length - times.length <= 1, String(heard));
  t.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  const measured = usage.sweeps.map(({ at }) => at).filter((at) => at <= last);
  t.deepEqual(
    heard.filter((at) => !measured.includes(at)),
    [],
  );
  const lacking = measured.filter((at) => !heard.some((got) => Math.abs(got - at) < INTERVAL));
  t.deepEqual(lacking, []);
});

test('on a connection that is closed nothing is sent, and that is no failure', async (t) => {
  const server = await startNatsServer({ jetstream: false });
  t.teardown(() => server.stop());
  const nc = await connect({ servers: server.url });
  t.true(await sendMetrics(nc, 'pi-7', [sweepAt(1)]));
  await nc.close();
  t.false(await sendMetrics(nc, 'pi-7', [sweepAt(1)]));
});
