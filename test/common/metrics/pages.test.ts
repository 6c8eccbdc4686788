import { spawnSync } from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import { healthSeries } from '../../../src/agent/actors/metrics/health-series.ts';
import { sampleOf } from '../../../src/agent/core/metrics/sample.ts';
import { createSensors } from '../../../src/agent/io/health/sensors.ts';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { cadvisorSeries } from '../../../src/common/metrics/cadvisor.ts';
import { kubeletSeries } from '../../../src/common/metrics/kubelet.ts';
import { type Add, createPage } from '../../../src/common/metrics/page.ts';
import { resourceSeries } from '../../../src/common/metrics/resource.ts';
import { usageSampleSchema } from '../../../src/common/model/usage-sample.ts';
import { processSeries } from '../../../src/common/process/process-series.ts';
import { aReading } from '../../support/fake-sensors.ts';
import { cm4, healthTree, pi5 } from '../../support/health-trees.ts';
import { promtoolAccepts } from '../../support/promtool.ts';
import { podUsing, sweepAt } from '../../support/sweep-builder.ts';

const sample = sweepAt(1000, [
  podUsing('web', { containers: ['main', 'side'] }),
  podUsing('db', { namespace: 'shop' }),
]);

async function pageOf(fill: (add: Add) => void, limit = 10_000): Promise<string> {
  const page = createPage(limit);
  fill(page.add);
  return page.text();
}

test('promtool finds no fault in any page', async (t) => {
  promtoolAccepts(t, await pageOf((add) => cadvisorSeries(add, sample)));
  promtoolAccepts(t, await pageOf((add) => resourceSeries(add, sample)));
  promtoolAccepts(t, await pageOf((add) => resourceSeries(add, undefined)));
  promtoolAccepts(
    t,
    await pageOf((add) => {
      processSeries(add, 'agent', '1.2.3');
      kubeletSeries(add, 'pi-7', sample);
    }),
  );
});

test('promtool finds no fault in the series of the health of a device, and what it does not tell has none', async (t) => {
  const tree = healthTree({ ...cm4, ...pi5, 'sys/block/sda/device/ioerr_cnt': '0x2\n' });
  t.teardown(tree.remove);
  const reading = createSensors({ root: tree.root, dataDir: '/var/lib', clock: new FakeClock() }).read();
  const text = await pageOf((add) => healthSeries(add, { reading, ailing: ['UnderVoltage'], slowed: true }));
  promtoolAccepts(t, text);
  for (const line of [
    'bramble_node_temperature_celsius{zone="cpu-thermal"} 61.7',
    'bramble_node_undervoltage 0',
    'bramble_node_fan_speed_rpm{fan="pwmfan"} 3054',
    'bramble_node_wireless_signal_dbm{interface="wlan0"} -58',
    'bramble_node_storage_life_used_ratio{device="mmcblk0"} 0.2',
    'bramble_node_storage_errors{device="sda",kind="disk"} 2',
    'bramble_node_condition{condition="UnderVoltage"} 1',
    'bramble_node_condition{condition="StorageWear"} 0',
    'bramble_node_besteffort_slowed 1',
  ]) {
    t.true(text.split('\n').includes(line), line);
  }
  const silent = await pageOf((add) => healthSeries(add, { reading: aReading(), ailing: [], slowed: false }));
  t.false(silent.includes('undervoltage'));
});

test('what would break a line is escaped, an empty label is none, and the same series is told once', (t) => {
  const page = createPage(10);
  const family = { name: 'things', help: 'A \\ and\na line.', type: 'gauge', labels: ['a', 'b'] } as const;
  page.add(family, { a: 'x"y\\z\n', b: '' }, 1);
  page.add(family, { a: 'x"y\\z\n' }, 2);
  page.with({ node: 'pi-7' })(family, {}, 3);
  page.add(family, {}, Number.NaN);
  const text = page.text();
  promtoolAccepts(t, text);
  t.deepEqual(text.split('\n').slice(0, 4), [
    '# HELP things A \\\\ and\\na line.',
    '# TYPE things gauge',
    'things{a="x\\"y\\\\z\\n"} 1',
    'things{node="pi-7"} 3',
  ]);
});

test('promtool finds a fault in a page that has one, so the check above can fail', (t) => {
  t.not(spawnSync('promtool', ['check', 'metrics'], { input: 'a{b="c} 1\n' }).status, 0);
});

test("containers have the kubelet's labels, pods have no container, and the machine is /", async (t) => {
  const text = await pageOf((add) => cadvisorSeries(add, sample));
  const lines = text.split('\n');
  const of = (name: string) => lines.filter((line) => line.startsWith(`${name}{`)).sort();
  t.true(
    of('container_cpu_usage_seconds_total').includes(
      'container_cpu_usage_seconds_total{id="/kubepods/burstable/poduid-web/id-of-main",namespace="default",pod="web",name="id-of-main",image="registry.test/app:1",container="main",cpu="total"} 5',
    ),
    of('container_cpu_usage_seconds_total').join('\n'),
  );
  t.true(of('container_cpu_usage_seconds_total').includes('container_cpu_usage_seconds_total{id="/",cpu="total"} 90'));
  const memory = of('container_memory_working_set_bytes');
  t.is(memory.filter((line) => line.includes('container="')).length, 3);
  t.true(
    memory.some((line) =>
      line.endsWith('{id="/kubepods/burstable/poduid-web",namespace="default",pod="web"} 41943040'),
    ),
  );
  t.true(
    of('container_network_receive_bytes_total').some((line) =>
      line.endsWith(
        '{id="/kubepods/burstable/poduid-web/sandbox-of-web",namespace="default",pod="web",name="sandbox-of-web",image="pause",interface="eth0"} 1000',
      ),
    ),
  );
  t.true(
    of('container_pressure_cpu_waiting_seconds_total').includes(
      'container_pressure_cpu_waiting_seconds_total{id="/"} 2.5',
    ),
  );
  const machine = '{machine_id="machine-1",system_uuid="board-1",boot_id="boot-1"}';
  t.true(lines.includes(`machine_cpu_cores${machine} 4`));
  t.true(lines.includes(`machine_memory_bytes${machine} 4294967296`));
});

test('an image is told with registry and tag, one whose name is not known by its id, and a scope below a slice', async (t) => {
  const cgroup = '/kubepods.slice/kubepods-podx.slice';
  const pod = podUsing('web', { containers: ['a', 'b'] });
  const images = ['busybox', `sha256:${'0'.repeat(64)}`];
  const containers = pod.containers.map((each, index) => ({ ...each, image: images[index] ?? '' }));
  const text = await pageOf((add) => cadvisorSeries(add, sweepAt(1, [{ ...pod, cgroup, containers }])));
  t.regex(text, /container_memory_rss\{.*image="docker.io\/library\/busybox:latest",container="a"/);
  t.regex(text, /container_memory_rss\{.*image="sha256:0{64}",container="b"/);
  t.true(text.includes(`id="${cgroup}/cri-containerd-id-of-a.scope"`));
});

test('without a limit on CPU there are no periods, as with cAdvisor', async (t) => {
  const pod = podUsing('web');
  const throttling = { periods: 0, throttledPeriods: 0, throttledNanos: 0 };
  const page = (periods: number) =>
    pageOf((add) =>
      cadvisorSeries(
        add,
        sweepAt(1, [{ ...pod, containers: [], cpu: { usageNanos: 1, throttling: { ...throttling, periods } } }]),
      ),
    );
  t.false((await page(0)).includes('container_cpu_cfs_'));
  t.true((await page(1)).includes('container_cpu_cfs_throttled_periods_total{'));
});

/** Names and labels that Grafana's boards of kubernetes-mixin ("Kubernetes / Compute Resources / …") ask of cAdvisor. */
const asked: readonly (readonly [name: string, ...labels: string[]])[] = [
  ['container_cpu_usage_seconds_total', 'namespace', 'pod', 'container', 'image'],
  ['container_cpu_cfs_throttled_periods_total', 'namespace', 'pod', 'container'],
  ['container_cpu_cfs_periods_total', 'namespace', 'pod', 'container'],
  ['container_memory_working_set_bytes', 'namespace', 'pod', 'container', 'image'],
  ['container_memory_rss', 'namespace', 'pod', 'container', 'image'],
  ['container_memory_cache', 'namespace', 'pod', 'container', 'image'],
  ['container_network_receive_bytes_total', 'namespace', 'pod', 'interface'],
  ['container_network_transmit_bytes_total', 'namespace', 'pod', 'interface'],
  ['container_network_receive_packets_total', 'namespace', 'pod'],
  ['container_network_transmit_packets_total', 'namespace', 'pod'],
  ['container_network_receive_packets_dropped_total', 'namespace', 'pod'],
  ['container_network_transmit_packets_dropped_total', 'namespace', 'pod'],
  ['container_fs_reads_total', 'namespace', 'pod', 'container', 'device'],
  ['container_fs_writes_total', 'namespace', 'pod', 'container', 'device'],
  ['container_fs_reads_bytes_total', 'namespace', 'pod', 'container', 'device'],
  ['container_fs_writes_bytes_total', 'namespace', 'pod', 'container', 'device'],
  // Of cAdvisor's own boards.
  ['container_start_time_seconds', 'namespace', 'pod', 'container'],
  ['container_last_seen', 'namespace', 'pod', 'container', 'name'],
  ['container_spec_memory_limit_bytes', 'namespace', 'pod', 'container'],
  ['container_spec_cpu_quota', 'namespace', 'pod', 'container'],
  ['container_spec_cpu_period', 'namespace', 'pod', 'container'],
  ['container_spec_cpu_shares', 'namespace', 'pod', 'container'],
  ['container_oom_events_total', 'namespace', 'pod', 'container'],
  ['container_processes', 'namespace', 'pod', 'container'],
  ['container_threads', 'namespace', 'pod', 'container'],
  ['container_fs_usage_bytes', 'namespace', 'pod', 'container', 'device'],
];

test('the pages have what the boards of compute resources ask for', async (t) => {
  const text = await pageOf((add) => cadvisorSeries(add, sample));
  for (const [name, ...labels] of asked) {
    const fits = (line: string) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(`${label}="`));
    t.true(text.split('\n').some(fits), `${name} with ${labels.join(', ')}`);
  }
  // The disk that the node's boards choose by the name of its device.
  t.true(text.includes('\ncontainer_fs_limit_bytes{id="/",device="/dev/mmcblk0p2"} 30000000000\n'));
});

test('any name of anything leaves a page that can be read', async (t) => {
  const name = fc.string({ unit: 'binary', maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, name), { maxLength: 5 }), async (names) => {
      const pods = names.map(([pod, container]) => podUsing(pod, { containers: [container, container] }));
      promtoolAccepts(t, await pageOf((add) => cadvisorSeries(add, sweepAt(1, pods))));
    }),
    { numRuns: 15 },
  );
});

test('a page has room for so many series, and says how many it left out', async (t) => {
  const text = await pageOf((add) => cadvisorSeries(add, sample), 50);
  promtoolAccepts(t, text);
  t.is(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length, 51);
  t.regex(text, /\nbramble_series_left_out [1-9]\d+\n/);
});

test('a full sample crosses the wire as it is, and a brief one is much smaller', (t) => {
  const full = JSON.stringify(sampleOf(sample, 'full'));
  t.deepEqual(JSON.parse(JSON.stringify(usageSampleSchema.parse(JSON.parse(full)))), JSON.parse(full));
  const brief = JSON.stringify(sampleOf(sample, 'brief'));
  usageSampleSchema.parse(JSON.parse(brief));
  t.true(brief.length < full.length / 2, `${brief.length} of ${full.length}`);
});
