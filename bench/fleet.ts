/**
 * `bench fleet [devices] [steady seconds] [pods a device] [seconds of rest before]`: a simulated fleet (bramble sim's devices) on a real master and a
 * real nats-server that fsyncs. All devices register at once; then their pods start; then a steady state; then
 * single pods, one after another; then a site is cut off and comes back; then a pod on each device is updated, rolling. In the
 * end every container is counted. Without arguments 1,000 devices, 300 s, 3 pods and 170 s. Runs the build in dist.
 */

import { realClock } from '../src/common/actor/clock.ts';
import type { Pod } from '../src/common/model/pod.ts';
import { createApiClient } from '../src/common/wire/api-client.ts';
import { connectNats } from '../src/common/wire/connect.ts';
import { audit } from '../src/sim/core/audit.ts';
import { noFaults } from '../src/sim/core/plan.ts';
import { startFleet } from '../src/sim/fleet.ts';
import { startOwnMaster } from '../src/sim/own-master.ts';
import { wantedOf } from '../src/sim/wanted.ts';
import { program } from '../test/support/cluster.ts';
import { until } from '../test/support/eventually.ts';
import { watchFleet } from './lib/fleet-watch.ts';
import { processesOf, type Role, useOf } from './lib/processes.ts';
import { percentile } from './lib/statistics.ts';

const MIB = 1024 * 1024;
const LONG = 900_000;
/** Devices that one process simulates: its heap has room for some thousands. */
const DEVICES_A_PROCESS = 1_500;
const SINGLE_PODS = 60;
const CUT_FOR = 15_000;
/** After the last change nats-server writes its index once, two and a half minutes later at the latest; then nothing. */
const REST = 170_000;

const wait = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

export async function run(args: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const [devices = 1_000, steady = 300, each = 3, rest = REST / 1000] = args.map(Number);
  for (const [name, value] of Object.entries({ devices, steady, each, rest })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name}: ${value} found, whole numbers from 1 on are accepted`);
  }
  const master = await startOwnMaster([program], { natsBinary: 'nats-server', logLevel: 'error', clock: realClock });
  const nc = await connectNats({ servers: master.url, name: 'bench', lifetime: 'long' });
  const use = (wanted: Role) => useOf(processesOf(master.dir).find(({ role }) => role === wanted)?.pid ?? 0);
  const seen = await watchFleet(nc);
  const api = createApiClient(nc, { timeoutMs: 60_000 });
  const fleet = startFleet({
    ...{ program: [program], server: master.url, devices, devicesPerSite: 50, seed: 1, startWithin: 0 },
    processes: Math.max(2, Math.ceil(devices / DEVICES_A_PROCESS)),
    ...{ faults: noFaults, logLevel: 'error', clock: realClock },
  });
  const say = (line: string) => console.log(`${devices} devices: ${line}`);
  try {
    let begin = performance.now();
    const passed = () => round((performance.now() - begin) / 1000, 1);
    await until('every node is Ready', async () => seen.ready() === devices, LONG);
    const memory = (role: Role) => round(use(role).rss / MIB);
    say(
      `all registered at once, Ready after ${passed()} s; RSS without pods: master ${memory('master')} MB, ` +
        `nats-server ${memory('nats')} MB`,
    );

    begin = performance.now();
    await api.create('deployments', deployment('each', devices, 'registry.example/each:1'));
    if (each > 1) await api.create('deployments', deployment('more', devices * (each - 1), 'registry.example/more:1'));
    await until(
      'every pod runs',
      async () => seen.running('each') === devices && seen.running('more') === devices * (each - 1),
      LONG,
    );
    say(`${devices * each} pods of two Deployments applied at once, all Ready after ${passed()} s`);

    await wait(rest * 1000);
    const at = async () => ({
      ...{ master: use('master'), nats: use('nats'), fleet: await fleet.figures(), changes: seen.changes() },
    });
    const before = await at();
    await wait(steady * 1000);
    const after = await at();
    const minutes = steady / 60;
    const cpu = (role: 'master' | 'nats') => (after[role].cpuSeconds - before[role].cpuSeconds) / minutes;
    const written = (role: 'master' | 'nats') => (after[role].written - before[role].written) / 1024 / minutes;
    const bytes = (after.fleet.bytes - before.fleet.bytes) / devices / minutes;
    const messages = (after.fleet.messages - before.fleet.messages) / steady;
    say(
      `steady for ${steady} s: master ${round(cpu('master'), 2)} and nats-server ${round(cpu('nats'), 2)} CPU-s/min, ` +
        `${round(written('master') + written('nats'), 1)} KiB/min written, ${round(messages)} messages/s, ` +
        `${round(bytes)} bytes a device a minute, ${after.changes - before.changes} changes of objects; ` +
        `PSS: master ${round(after.master.pss / MIB)} MB, nats-server ${round(after.nats.pss / MIB)} MB; ` +
        `the simulation itself ${round(after.fleet.rss / MIB)} MB`,
    );

    const starts: number[] = [];
    for (let i = 0; i < SINGLE_PODS; i++) {
      const name = `single-${i}`;
      begin = performance.now();
      await api.create('pods', pod(name));
      await until(`${name} runs`, async () => seen.runningAt.has(name), LONG);
      starts.push((seen.runningAt.get(name) ?? 0) - begin);
    }
    say(
      `a pod from apply to Running: p50 ${round(percentile(starts, 0.5))} ms, p99 ${round(percentile(starts, 0.99))} ms`,
    );

    const hellos: number[] = [];
    const listening = nc.subscribe('bramble.node.*.up.hello', { callback: () => void hellos.push(performance.now()) });
    fleet.cut(0, true);
    await wait(CUT_FOR);
    begin = performance.now();
    fleet.cut(0, false);
    const ofSite = Math.min(devices, 50);
    await until('the site is back', async () => hellos.length >= ofSite, LONG);
    listening.unsubscribe();
    say(
      `a site of ${ofSite} cut off for ${CUT_FOR / 1000} s: all were back within ${round(Math.max(...hellos) - begin)} ms`,
    );

    begin = performance.now();
    const image = 'registry.example/each:2';
    const key = { resource: 'deployments', namespace: 'default', name: 'each' };
    await api.patch(key, 'strategic', { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } });
    await until('the update is done', async () => seen.running('each', image) === devices, LONG);
    say(`a rolling update of ${devices} pods took ${passed()} s`);

    let found = { lost: 1, doubled: 0, strays: 0 };
    const counted = async (): Promise<boolean> => {
      found = audit(wantedOf((await api.list('pods')).items as readonly Pod[]), await fleet.inventory());
      await wait(500);
      return found.lost + found.strays === 0;
    };
    await until('every container runs once', counted, 60_000).catch(() => {
      // The figures say what is missing.
    });
    for (const finding of fleet.findings()) say(`doubled: ${finding}`);
    return {
      devices,
      pods: devices * each + SINGLE_PODS,
      master_rss_mb: round(after.master.rss / MIB),
      nats_rss_mb: round(after.nats.rss / MIB),
      idle_cpu_s_min: round(cpu('master') + cpu('nats'), 2),
      idle_written_kib_min: round(written('master') + written('nats'), 1),
      start_p50_ms: round(percentile(starts, 0.5)),
      start_p99_ms: round(percentile(starts, 0.99)),
      agent_bytes_min: round(bytes),
      lost: found.lost + found.strays,
      doubled: found.doubled + (await fleet.figures()).doubled,
    };
  } finally {
    seen.stop();
    await fleet.stop();
    await nc.close();
    await master.stop();
  }
}

const container = (image: string) => ({
  name: 'main',
  image,
  resources: { requests: { cpu: '50m', memory: '24Mi' } },
});

function pod(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [container('registry.example/each:1')] },
  };
}

function deployment(app: string, replicas: number, image: string) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: { terminationGracePeriodSeconds: 1, containers: [container(image)] },
      },
    },
  };
}
