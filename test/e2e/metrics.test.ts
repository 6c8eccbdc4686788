/** Where metrics go, on a real containerd: top, metrics.k8s.io, NATS and the pages for Prometheus. */

import { connect, type NatsConnection } from '@nats-io/transport-node';
import test from 'ava';
import { freePort } from '../../src/common/process/free-port.ts';
import { deviceWire } from '../../src/common/wire/agent-protocol.ts';
import { metricsBatch } from '../../src/common/wire/metrics-protocol.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';
import { promtoolAccepts } from '../support/promtool.ts';

let cluster: Cluster;
let nats: NatsConnection;
let agentPort: number;
let masterPort: number;
/** Samples that were sent before anybody has listened. */
let unasked = 0;

test.before(async () => {
  agentPort = await freePort();
  masterPort = await freePort();
  cluster = await startCluster(115, [`--metrics-port=${agentPort}`, `--master-metrics-port=${masterPort}`]);
  nats = await connect({ servers: cluster.url });
  nats.subscribe('bramble.node.*.up.metrics', {
    callback: () => {
      unasked += 1;
    },
  });
  await cluster.ok(
    ['apply', '-f', '-'],
    `${pod('busy', 'while true; do :; done', '200m')}\n---\n${pod('idle', 'sleep 1000', '100m')}`,
  );
  await cluster.ok(['wait', 'pod/busy', 'pod/idle', '--for=condition=Ready', '--timeout=30s']);
});
test.after.always(async () => {
  await nats?.close();
  await cluster?.stop();
});

function pod(name: string, command: string, cpu: string): string {
  const resources = { limits: { cpu, memory: '64Mi' }, requests: { cpu: '10m' } };
  const containers = [{ name: 'main', image: 'bramble.local/busybox:1', command: ['sh', '-c', command], resources }];
  const spec = { terminationGracePeriodSeconds: 0, containers };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec });
}

const page = async (port: number, path: string): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`);
  return body;
};
const milli = (text: string, name: string): number =>
  Number(new RegExp(`^${name} +(\\d+)m `, 'm').exec(text)?.[1] ?? Number.NaN);

test.serial('top shows what pods use: the busy one about its limit, the idle one nearly nothing', async (t) => {
  let seen = '';
  await until(
    'figures of both pods',
    async () => {
      seen = await cluster.ok(['top', 'pods', '--sort-by', 'cpu']);
      return milli(seen, 'busy') >= 100 && milli(seen, 'idle') <= 50;
    },
    40_000,
  );
  t.regex(seen, /^NAME +CPU\(cores\) +MEMORY\(bytes\)\nbusy +\d+m +\d+Mi\nidle +\d+m +\d+Mi\n$/);
  t.true(milli(seen, 'busy') <= 320, seen);
  t.regex(await cluster.ok(['top', 'nodes']), /\nnode-1 +\d+m +\d+% +\d+Mi +\d+%\n/);
  const wide = await cluster.ok(['top', 'containers', 'busy', '-o', 'wide']);
  t.regex(wide, /busy +main +\d+m +\d+Mi +\d+% .* 0 +node-1\n/);
});

test.serial('metrics.k8s.io has both pods and the node, with a time and a window', async (t) => {
  const { items } = JSON.parse(await cluster.ok(['get', 'podmetrics', '-o', 'json'])) as {
    items: {
      metadata: { name: string };
      timestamp: string;
      window: string;
      containers: { usage: { cpu: string } }[];
    }[];
  };
  t.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['busy', 'idle'],
  );
  t.regex(items[0]?.window ?? '', /^\d+(\.\d+)?s$/);
  t.true(Math.abs(Date.parse(items[0]?.timestamp ?? '') - Date.now()) < 60_000);
  t.true(Number.parseInt(items[0]?.containers[0]?.usage.cpu ?? '', 10) > 1e8);
  t.regex(
    await cluster.ok(['get', 'nodes.metrics.k8s.io']),
    /^NAME +CPU +MEMORY +WINDOW\nnode-1 +\d+m +\d+Ki +[\d.]+s\n$/,
  );
  const missing = await cluster.bramble(['get', 'podmetrics', 'no-such']);
  t.is(missing.code, 4);
});

test.serial("the device's pages and the fleet's are what Prometheus reads", async (t) => {
  for (const path of ['/metrics', '/metrics/cadvisor', '/metrics/resource']) {
    promtoolAccepts(t, await page(agentPort, path));
    promtoolAccepts(t, await page(masterPort, path));
  }
  const cadvisor = await page(agentPort, '/metrics/cadvisor');
  const busy =
    /container_cpu_usage_seconds_total\{[^}]*namespace="default",pod="busy"[^}]*container="main"[^}]*\} ([\d.]+)/.exec(
      cadvisor,
    );
  t.true(Number(busy?.[1]) > 0.1, busy?.[0]);
  t.regex(
    cadvisor,
    /container_memory_working_set_bytes\{[^}]*pod="idle"[^}]*image="bramble\.local\/busybox:1"[^}]*container="main"/,
  );
  t.regex(cadvisor, /container_network_receive_bytes_total\{[^}]*pod="busy"[^}]*interface="eth0"\} \d/);
  t.regex(cadvisor, /container_cpu_cfs_throttled_periods_total\{[^}]*pod="busy"[^}]*container="main"[^}]*\} [1-9]/);
  t.regex(await page(agentPort, '/metrics'), /kubelet_running_pods 2\n/);
  t.is(await page(agentPort, '/healthz'), 'ok');
  const summary = JSON.parse(await page(agentPort, '/stats/summary')) as {
    node: { nodeName: string };
    pods: unknown[];
  };
  t.is(summary.node.nodeName, 'node-1');
  t.is(summary.pods.length, 2);
  t.regex(
    await page(masterPort, '/metrics/cadvisor'),
    /container_cpu_usage_seconds_total\{[^}]*pod="busy"[^}]*node="node-1",instance="node-1"\}/,
  );
  t.regex(
    await page(masterPort, '/metrics'),
    /apiserver_request_total\{verb="get",resource="podmetrics",code="404"\} 1\n/,
  );
  t.regex(
    await page(masterPort, '/metrics'),
    /scheduler_schedule_attempts_total\{result="scheduled",profile="[^"]+"\} 2\n/,
  );
  t.regex(await page(masterPort, '/metrics/state'), /kube_pod_info\{namespace="default",pod="busy"[^}]*node="node-1"/);
});

test.serial('a device sends samples while somebody listens, and none before', async (t) => {
  t.is(unasked, 0);
  const samples = nats.subscribe('bramble.node.node-1.up.metrics', { max: 3 });
  const request = JSON.stringify({ listener: 'test', interval: 1_000, lease: 30_000 });
  const answer = await nats.request('bramble.node.node-1.down.metrics', request, { timeout: 5_000 });
  t.deepEqual(answer.json(), { ok: { interval: 1_000, lease: 30_000 } });
  const times: number[] = [];
  for await (const message of samples) {
    const batch = metricsBatch.parse(message.json());
    for (const { at, pods } of batch.samples) {
      times.push(at);
      t.deepEqual(pods.map(({ pod: { name } }) => name).sort(), ['busy', 'idle']);
    }
  }
  t.deepEqual(
    times,
    [...new Set(times)].sort((a, b) => a - b),
  );
  await nats.request('bramble.node.node-1.down.metrics', JSON.stringify({ listener: 'test', lease: 0 }));
  const history = await nats.request('bramble.node.node-1.down.history', '{}', { timeout: 5_000 });
  const { ok } = history.json<{ ok: unknown }>();
  const kept = deviceWire.history.answer.parse(ok);
  t.true('samples' in kept && kept.samples.length > 3);
  const summary = await nats.request('bramble.node.node-1.down.summary', '', { timeout: 5_000 });
  t.like(summary.json(), { ok: { summary: { node: { nodeName: 'node-1' } } } });
});
