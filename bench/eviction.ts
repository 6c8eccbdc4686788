/**
 * `bench eviction`: a pod that eats memory at 50 MiB/s in a small group of pods, and one that fills a small file system, each
 * beside an idle pod: from the crossing of the threshold, as the kernel's files show it, to the end of the container, as the
 * runtime knows it.
 */

import { statfsSync } from 'node:fs';
import { podNameLabel } from '../src/agent/core/pod/pod-labels.ts';
import { createCri } from '../src/agent/io/cri/cri.ts';
import { createPressureSignals } from '../src/agent/io/eviction/pressure-signals.ts';
import { until } from '../test/support/eventually.ts';
import { type FieldCluster, startFieldCluster } from '../test/support/field-cluster.ts';
import {
  eatMemory,
  fillDisk,
  idle,
  memoryForPods,
  onDisk,
  oomKills,
  podOf,
  removeSmallDisk,
  runtimeSocket,
  smallDisk,
} from '../test/support/small-device.ts';
import { median } from './lib/statistics.ts';

const INDEX = 120;
const PODS_MIB = 400;
const DISK_MIB = 700;
const MIB = 2 ** 20;
const RATE = 50;
const flags = [
  ...memoryForPods(PODS_MIB),
  '--eviction-hard=memory.available<100Mi,nodefs.available<30%',
  '--eviction-pressure-transition-period=1s',
  '--image-gc-high-threshold-percent=100',
];

export async function run(args: readonly string[]): Promise<Record<string, number>> {
  const rounds = Number(args[0] ?? 5);
  const cluster = await startFieldCluster(INDEX, flags);
  try {
    smallDisk(cluster.device.dataDir, DISK_MIB);
    cluster.device.startAgent();
    await cluster.untilNodeReady();
    const before = oomKills();
    const signals = await createPressureSignals({
      dataDir: cluster.device.dataDir,
      imageDir: async () => undefined,
      cgroupRoot: `/brtest${INDEX}`,
      podsMemoryBytes: PODS_MIB * MIB,
    });
    const memoryLeft = async () => (await signals.read('memory')).levels['allocatableMemory.available']?.available ?? 0;
    const diskShare = async () => {
      const { bavail, blocks } = statfsSync(cluster.device.dataDir);
      return bavail / blocks;
    };
    const memory: number[] = [];
    const disk: number[] = [];
    let bystanders = 0;
    for (let round = 0; round < rounds; round += 1) {
      const eater = podOf(`eater-${round}`, eatMemory(RATE));
      memory.push(await measure(cluster, eater, `eater-${round}`, async () => (await memoryLeft()) < 100 * MIB));
      bystanders += await evictedIdle(cluster);
      const filler = podOf(`filler-${round}`, fillDisk(RATE), onDisk);
      disk.push(await measure(cluster, filler, `filler-${round}`, async () => (await diskShare()) < 0.3));
      bystanders += await evictedIdle(cluster);
    }
    return {
      memory_p50_ms: Math.round(median(memory)),
      disk_p50_ms: Math.round(median(disk)),
      memory_max_ms: Math.round(Math.max(...memory)),
      disk_max_ms: Math.round(Math.max(...disk)),
      oom_kills: oomKills() - before,
      bystanders_evicted: bystanders,
    };
  } finally {
    await cluster.stop();
    removeSmallDisk(cluster.device);
  }
}

/** Milliseconds from the crossing to the end of the container. An idle pod runs beside it. */
async function measure(
  cluster: FieldCluster,
  manifest: string,
  name: string,
  crossed: () => Promise<boolean>,
): Promise<number> {
  await cluster.ok(['apply', '-f', '-'], podOf('idle', idle));
  await cluster.ok(['wait', 'pod/idle', '--for=condition=Ready', '--timeout=60s']);
  await cluster.ok(['apply', '-f', '-'], manifest);
  const limit = performance.now() + 60_000;
  while (!(await crossed())) {
    if (performance.now() > limit) throw new Error(`${name} has crossed no threshold`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const at = Date.now();
  await cluster.ok(['wait', `pod/${name}`, '--for=jsonpath={.status.reason}=Evicted', '--timeout=60s']);
  const ended = await endOf(cluster, name);
  await cluster.ok(['delete', 'pod', name, '--wait']);
  await until('the pressure is over', async () => {
    const node = await cluster.ok(['get', 'node', cluster.device.node, '-o', 'jsonpath={.status.conditions}']);
    return !/"(Memory|Disk)Pressure","status":"True"/.test(node.replaceAll(/\s/g, ''));
  });
  return ended - at;
}

/** When the runtime saw the end, on the clock that people read. */
async function endOf({ device }: FieldCluster, pod: string): Promise<number> {
  const cri = createCri(runtimeSocket(device));
  try {
    const containers = await cri.listContainers();
    const found = containers.find(({ labels }) => labels[podNameLabel] === pod);
    if (found === undefined) throw new Error(`no container of ${pod} is left`);
    return (await cri.containerStatus(found.id)).finishedAt;
  } finally {
    cri.close();
  }
}

async function evictedIdle(cluster: FieldCluster): Promise<number> {
  const phase = await cluster.ok(['get', 'pod', 'idle', '-o', 'jsonpath={.status.phase}']);
  if (phase === 'Running') return 0;
  await cluster.ok(['delete', 'pod', 'idle', '--wait']);
  return 1;
}
