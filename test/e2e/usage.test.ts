/** What pods use, as a real device measures it on a real runtime: CPU, memory, disk and traffic, each of the right magnitude. */

import test from 'ava';
import type { Summary, SummaryPod } from '../../src/agent/core/usage/summary-shape.ts';
import { realClock } from '../../src/common/actor/clock.ts';
import { pause } from '../../src/common/actor/pause.ts';
import { silentLogger } from '../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../src/common/actor/system.ts';
import { connectNats } from '../../src/common/wire/connect.ts';
import { type MetricsDownMessage, metricsDownWire } from '../../src/common/wire/metrics-protocol.ts';
import { natsTransport } from '../../src/common/wire/nats-transport.ts';
import { nodeDownPath } from '../../src/common/wire/subjects.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';

const INDEX = 112;
const MIB = 1024 * 1024;
let cluster: Cluster;
let summary: () => Promise<Summary>;
let end: () => Promise<void> = async () => {};

test.before(async () => {
  cluster = await startCluster(INDEX);
  const nc = await connectNats({ servers: cluster.url, name: 'test', lifetime: 'short' });
  const system = createSystem({
    ...{ clock: realClock, log: silentLogger, random: () => 0.5, transport: natsTransport(nc), name: 'test' },
  });
  const device = system.remote<MetricsDownMessage>(nodeDownPath('node-1'), metricsDownWire);
  end = async () => {
    await system.shutdown();
    await nc.close();
  };
  summary = async () => {
    const answer = await device.ask({ type: 'summary' }, 10_000);
    if ('error' in answer) throw new Error(String(answer.error));
    return answer.summary as unknown as Summary;
  };
  await cluster.ok(['apply', '-f', '-'], JSON.stringify(list));
  await cluster.ok(['wait', 'pod/worker', 'pod/writer', '--for=condition=Ready', '--timeout=60s']);
  const address = await cluster.ok(['get', 'pod', 'writer', '-o', 'jsonpath={.status.podIP}']);
  const fetch = `until wget -q -O /dev/null http://${address}:8080/file; do sleep 1; done; sleep 1000`;
  await cluster.ok(['apply', '-f', '-'], JSON.stringify(podOf('reader', fetch)));
});

test.after.always(async () => {
  await end();
  await cluster?.stop();
});

function podOf(name: string, command: string, container: object = {}, spec: object = {}): object {
  const main = { name: 'main', image: 'bramble.local/busybox:1', command: ['sh', '-c', command], ...container };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: { terminationGracePeriodSeconds: 1, containers: [main], ...spec },
  };
}

const burn = 'x=$(head -c 52428800 /dev/zero | tr "\\0" x); echo burning; while :; do :; done';
const write =
  'dd if=/dev/zero of=/layer bs=1M count=20; dd if=/dev/zero of=/data/file bs=1M count=20; dd if=/dev/zero of=/shm/file bs=1M count=5; httpd -f -p 8080 -h /data';
const list = {
  ...{ apiVersion: 'v1', kind: 'List' },
  items: [
    podOf('worker', burn, { resources: { limits: { cpu: '300m', memory: '256Mi' } } }),
    podOf(
      'writer',
      write,
      {
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'shm', mountPath: '/shm' },
        ],
      },
      {
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
        ],
      },
    ),
    podOf('idle', 'sleep 1000'),
  ],
};

/** Waits until what the device tells of the pod is as it should be; otherwise it says what it told last. */
async function untilPod(name: string, holds: (pod: SummaryPod) => boolean): Promise<SummaryPod> {
  let last: SummaryPod | undefined;
  try {
    await until(
      `the usage of ${name}`,
      async () => {
        await pause(realClock, 500);
        last = (await summary()).pods.find(({ podRef }) => podRef.name === name);
        return last !== undefined && holds(last);
      },
      60_000,
    );
  } catch (error) {
    throw new Error(`${String(error)}; the last was ${JSON.stringify(last)}`, { cause: error });
  }
  if (last === undefined) throw new Error(name);
  return last;
}

const between = (value: number | undefined, least: number, most: number): boolean =>
  value !== undefined && value >= least && value <= most;

test('a pod that burns CPU up to its limit and holds 50 MiB is seen to', async (t) => {
  const pod = await untilPod(
    'worker',
    ({ cpu, memory, containers: [main] }) =>
      between(cpu?.usageNanoCores, 30e6, 360e6) &&
      between(main?.cpu?.usageNanoCores, 30e6, 360e6) &&
      between(memory?.workingSetBytes, 50 * MIB, 200 * MIB) &&
      between(main?.memory?.rssBytes, 50 * MIB, 200 * MIB),
  );
  const [main] = pod.containers;
  t.is(pod.containers.length, 1);
  t.is((main?.memory?.availableBytes ?? 0) + (main?.memory?.workingSetBytes ?? 0), 256 * MIB);
  t.true((main?.cpu?.usageCoreNanoSeconds ?? 0) > 100e6);
});

test('what a pod writes to its layer, to a volume and to memory is seen, and that only the disk counts as storage', async (t) => {
  const pod = await untilPod('writer', ({ containers: [main], volume = [] }) => {
    const of = (name: string) => volume.find((each) => each.name === name)?.usedBytes;
    return (
      between(main?.rootfs?.usedBytes, 20 * MIB, 22 * MIB) &&
      between(of('data'), 20 * MIB, 22 * MIB) &&
      between(of('shm'), 5 * MIB, 6 * MIB)
    );
  });
  t.true(between(pod['ephemeral-storage'].usedBytes, 40 * MIB, 45 * MIB));
  t.true(between(pod.memory?.usageBytes, 5 * MIB, 200 * MIB), 'a volume in memory is memory of the pod');
});

test('what one pod sends to another is seen at both', async (t) => {
  const reader = await untilPod('reader', ({ network }) => between(network?.rxBytes, 20 * MIB, 30 * MIB));
  t.is(reader.network?.name, 'eth0');
  await untilPod('writer', ({ network }) => between(network?.txBytes, 20 * MIB, 30 * MIB));
  t.pass();
});

test('a pod that does nothing is seen to, and the node and the parts of its system are told', async (t) => {
  const idle = await untilPod('idle', ({ cpu }) => between(cpu?.usageNanoCores, 0, 20e6));
  t.true(between(idle.memory?.workingSetBytes, 1, 20 * MIB));
  t.true(between(idle.network?.rxBytes, 0, MIB));
  const parts = ({ node }: Summary) => node.systemContainers.map(({ name }) => name).filter((name) => name !== 'misc');
  // The first look may have been before the runtime was there.
  await until('the runtime is told', async () => parts(await summary()).includes('runtime'), 10_000);
  const all = await summary();
  t.deepEqual(parts(all), ['pods', 'kubelet', 'runtime']);
  const { node } = all;
  const [pods, agent] = node.systemContainers;
  t.true(between(pods?.memory?.workingSetBytes, 55 * MIB, 1000 * MIB));
  t.true(between(agent?.memory?.rssBytes, 30 * MIB, 300 * MIB));
  t.true(between(node.cpu?.usageNanoCores, 30e6, 1e12));
  t.true((node.memory?.availableBytes ?? 0) > 0);
  t.true((node.fs.availableBytes ?? 0) > 0);
});
