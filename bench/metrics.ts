/**
 * `bench metrics`: what gathering usage costs the agent with 10, 30 and 110 containers, calls of the runtime included: CPU of its
 * process, as the kernel counts it in nanoseconds, with a look each second and without any, in turns. At such a pace the
 * minute's measuring of the disk would count for a tenth of what it does at one look in ten seconds: it is measured apart, on
 * the same containers, and a sixth of it is added. And what its memory grows by while it looks and keeps the history, which
 * then has more looks than in a quarter of an hour at ten seconds' pace.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { usageSubjects } from '../src/agent/core/usage/subjects.ts';
import { createCri } from '../src/agent/io/cri/cri.ts';
import { createUsage } from '../src/agent/io/usage/usage.ts';
import { type FieldCluster, startFieldCluster } from '../test/support/field-cluster.ts';
import { processesOf, useOf } from './lib/processes.ts';
import { median } from './lib/statistics.ts';

const INDEX = 111;
const MIB = 1024 * 1024;
const EVERY_SECONDS = 1;
const CALM = 60_000;
/** Until V8 has compiled what runs at each look; an agent runs for months. */
const SETTLED = 60_000;
const WINDOW = 40_000;
const ROUNDS = 2;
/** Looks in a minute at the usual pace: the disk is measured at one of them. */
const LOOKS_A_MINUTE = 6;
const MEMORY_AT = 30;

const wait = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
const round = (value: number): number => Number(value.toFixed(2));

/** Arguments: numbers of containers; 10 30 110 when there are none. */
export async function run(args: readonly string[]): Promise<Record<string, number>> {
  const counts = args.length > 0 ? args.map(Number) : [10, 30, 110];
  const cluster = await startFieldCluster(INDEX);
  try {
    cluster.device.startAgent();
    await cluster.untilNodeReady();
    const figures: Record<string, number> = {};
    for (const count of counts) {
      await scale(cluster, count);
      // What their start made wait is told of for about so long.
      await wait(CALM);
      const [withLooks, without]: [Window[], Window[]] = [[], []];
      for (let turn = 0; turn < ROUNDS; turn += 1) {
        without.push(await window(cluster, 0));
        withLooks.push(await window(cluster, EVERY_SECONDS));
      }
      const cpu = (windows: readonly Window[]) => median(windows.map(({ cpuMillis }) => cpuMillis));
      const looks = WINDOW / 1000 / EVERY_SECONDS;
      const disk = await diskMillis(cluster);
      figures[`cpu_ms_sweep_${count}`] = round((cpu(withLooks) - cpu(without)) / looks + disk / LOOKS_A_MINUTE);
      if (count === MEMORY_AT || counts.length === 1) {
        const rss = (windows: readonly Window[]) => median(windows.map(({ rssBytes }) => rssBytes));
        figures['rss_added_mb'] = round((rss(withLooks) - rss(without)) / MIB);
      }
      process.stdout.write(`${JSON.stringify({ ...figures, disk_ms: round(disk) })}\n`);
    }
    return figures;
  } finally {
    await cluster.stop();
  }
}

type Window = { readonly cpuMillis: number; readonly rssBytes: number };

/** A new agent on the same containers, that looks so often; measured once it has settled. */
async function window({ device, untilNodeReady }: FieldCluster, everySeconds: number): Promise<Window> {
  await device.endAgent('SIGTERM');
  device.startAgent(0, [`--housekeeping-interval=${everySeconds}`]);
  await untilNodeReady();
  await wait(SETTLED);
  const agent = processesOf(device.dataDir).find(({ role }) => role === 'agent');
  if (agent === undefined) throw new Error('no agent');
  const before = cpuMillisOf(agent.pid);
  await wait(WINDOW);
  return { cpuMillis: cpuMillisOf(agent.pid) - before, rssBytes: useOf(agent.pid).rss };
}

/** Of all of its threads: the first column of schedstat is time on a CPU, in nanoseconds. */
function cpuMillisOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const nanos = tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]));
  return nanos.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** What the measuring of volumes, logs and layers takes beyond a look without it, in this process. */
async function diskMillis({ device }: FieldCluster): Promise<number> {
  const socket = join(device.runDir, 'containerd', 'containerd.sock');
  const cri = createCri(socket);
  let now = 0;
  const { dataDir } = device;
  const usage = await createUsage({
    ...{ cri, socket, dataDir, logDir: join(dataDir, 'logs'), cgroupRoot: '/none', clock: { now: () => now } },
  });
  try {
    const [sandboxes, containers] = [await cri.listSandboxes(), await cri.listContainers()];
    const subjects = usageSubjects({ sandboxes, containers });
    const look = async (minutes: number): Promise<number> => {
      now += minutes * 60_000;
      const before = process.cpuUsage();
      await usage.read(subjects, 'kept');
      // What goes on behind the look.
      await wait(500);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    const [plain, measured]: [number[], number[]] = [[], []];
    await look(1);
    for (let turn = 0; turn < 5; turn += 1) {
      plain.push(await look(0));
      measured.push(await look(1));
    }
    return Math.max(0, median(measured) - median(plain));
  } finally {
    usage.close();
    cri.close();
  }
}

/** Pods as they are on a device: a container each, a volume, a log. */
async function scale(cluster: FieldCluster, replicas: number): Promise<void> {
  const main = {
    name: 'main',
    image: 'bramble.local/busybox:1',
    command: ['/bin/sh', '-c', 'echo started; exec sleep 1000000'],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'plain' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'plain' } },
      template: {
        metadata: { labels: { app: 'plain' } },
        spec: { terminationGracePeriodSeconds: 1, containers: [main], volumes: [{ name: 'data', emptyDir: {} }] },
      },
    },
  };
  await cluster.ok(['apply', '-f', '-'], JSON.stringify(manifest));
  await cluster.ok(['rollout', 'status', 'deployment/plain', '--timeout=240s']);
}
