/** Samples of a device whose link is cut while somebody listens: what it measured meanwhile comes afterwards, in order, once. */

import { connect, type NatsConnection } from '@nats-io/transport-node';
import test from 'ava';
import { realClock } from '../../src/common/actor/clock.ts';
import { pause } from '../../src/common/actor/pause.ts';
import type { UsageSample } from '../../src/common/model/usage-sample.ts';
import { metricsBatch } from '../../src/common/wire/metrics-protocol.ts';
import { until } from '../support/eventually.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';

const INTERVAL = 1_000;
const LEASE = 6_000;
let cluster: FieldCluster;
let nats: NatsConnection;
const samples: UsageSample[] = [];

test.before(async () => {
  cluster = await startFieldCluster(155);
  cluster.device.startAgent();
  await cluster.untilNodeReady();
  nats = await connect({ servers: cluster.url });
  nats.subscribe('bramble.node.*.up.metrics', {
    callback: (_, message) => void samples.push(...metricsBatch.parse(message.json()).samples),
  });
});
test.after.always(async () => {
  await nats?.close();
  await cluster?.stop();
});

test('a cut link leaves no hole in what a listener gets, nor anything twice, also when its lease ended meanwhile', async (t) => {
  const { device } = cluster;
  const request = JSON.stringify({ listener: 'board', interval: INTERVAL, lease: LEASE });
  await nats.request(`bramble.node.${device.node}.down.metrics`, request, { timeout: 5_000 });
  await until('samples come', async () => samples.length >= 3);
  device.link(false);
  const before = samples.length;
  await pause(realClock, 2 * LEASE);
  // One may have been under way.
  t.true(samples.length <= before + 1);
  device.link(true);
  await until('the gap is filled', async () => samples.length >= before + 10, 60_000);
  const times = samples.map(({ at }) => at);
  t.deepEqual(
    times,
    [...new Set(times)].sort((a, b) => a - b),
  );
  const steps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  t.true(Math.max(...steps) < LEASE, JSON.stringify(steps));
});
