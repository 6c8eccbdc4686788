import test from 'ava';
import { summaryOf } from '../../../../src/agent/core/usage/summary.ts';
import type { Sweep } from '../../../../src/agent/core/usage/sweep.ts';
import { cpuOf, memoryOf, nodeUsage, podUsage } from '../../../support/fake-usage.ts';

const MIB = 1024 * 1024;
const pressure = { some: { avg10: 1.5, avg60: 0.5, avg300: 0.1, totalMicros: 2000 } };
const disk = (usedBytes: number, inodesUsed: number) => ({ usedBytes, inodesUsed });
const eth0 = {
  ...{ name: 'eth0', rxBytes: 1000, rxPackets: 10, rxErrors: 1, rxDropped: 2 },
  ...{ txBytes: 2000, txPackets: 20, txErrors: 3, txDropped: 4 },
};

function aSweep(): Sweep {
  const memory = memoryOf(30 * MIB, {
    usageBytes: 50 * MIB,
    limitBytes: 64 * MIB,
    availableBytes: 34 * MIB,
    swapBytes: 7,
  });
  const cpu = cpuOf(5e9, { nanoCores: 250_000_000, pressure });
  const container = { id: 'c1', name: 'main', image: 'app:1', startedAtWall: 1_000_000, cpu, memory };
  return {
    at: 0,
    wall: Date.UTC(2026, 0, 2, 3, 4, 5),
    node: nodeUsage({ network: [{ ...eth0, name: 'wlan0' }, eth0], cpu: cpuOf(9e9, { nanoCores: 1 }) }),
    pods: [
      podUsage('web', {
        containers: [{ ...container, rootfs: disk(20 * MIB, 5), logs: disk(MIB, 2) }],
        network: [eth0],
        volumes: [
          { name: 'data', medium: 'disk', ...disk(10 * MIB, 3) },
          { name: 'shm', medium: 'memory', ...disk(5 * MIB, 1), capacityBytes: 16 * MIB },
        ],
        processes: { processes: 3, threads: 9 },
        io: { disks: [], pressure },
      }),
    ],
    system: [{ name: 'agent', memory: memoryOf(70 * MIB) }, { name: 'system' }],
  };
}

test('a node is told with its boot, its rates, its file system, its processes and the parts of its system', (t) => {
  const { node } = summaryOf('pi-7', aSweep());
  const time = '2026-01-02T03:04:05Z';
  t.is(node.nodeName, 'pi-7');
  t.is(node.startTime, '1970-01-01T00:00:00Z');
  t.deepEqual(node.cpu, { time, usageNanoCores: 1, usageCoreNanoSeconds: 9e9 });
  t.is(node.memory?.availableBytes, 824 * MIB);
  t.is(node.fs.inodesFree, 900_000);
  t.deepEqual(node.rlimit, { time, maxpid: 32_768, curproc: 150 });
  t.deepEqual(
    node.systemContainers.map(({ name, memory }) => [name, memory?.workingSetBytes]),
    [
      ['kubelet', 70 * MIB],
      ['misc', undefined],
    ],
  );
  t.is(node.network.name, 'eth0', 'the main interface stands for all');
  t.deepEqual(
    node.network.interfaces.map(({ name }) => name),
    ['wlan0', 'eth0'],
  );
});

test('a pod is told with its containers, volumes, network and what it takes of the disk, memory left out', (t) => {
  const [pod] = summaryOf('pi-7', aSweep()).pods;
  const time = '2026-01-02T03:04:05Z';
  t.deepEqual(pod?.podRef, { name: 'web', namespace: 'default', uid: 'uid-web' });
  const [container] = pod?.containers ?? [];
  t.deepEqual(container?.cpu, {
    time,
    usageNanoCores: 250_000_000,
    usageCoreNanoSeconds: 5e9,
    psi: { some: { total: 2_000_000, avg10: 1.5, avg60: 0.5, avg300: 0.1 } },
  });
  t.is(container?.memory?.workingSetBytes, 30 * MIB);
  t.is(container?.memory?.availableBytes, 34 * MIB);
  t.deepEqual(container?.swap, { time, swapUsageBytes: 7 });
  t.is(container?.startTime, '1970-01-01T00:16:40Z');
  t.like(container?.rootfs, { usedBytes: 20 * MIB, inodesUsed: 5, inodesFree: 900_000 });
  t.like(pod?.volume?.[0], { name: 'data', usedBytes: 10 * MIB, availableBytes: 12 * 1024 * MIB });
  t.like(pod?.volume?.[1], { name: 'shm', usedBytes: 5 * MIB, capacityBytes: 16 * MIB });
  t.like(pod?.['ephemeral-storage'], { usedBytes: 31 * MIB, inodesUsed: 10 });
  t.deepEqual(pod?.process_stats, { process_count: 3 });
  t.is(pod?.io?.psi.some.total, 2_000_000);
  t.like(pod?.network, { name: 'eth0', rxBytes: 1000, txErrors: 3 });
});

test('a pod in the network of the node has no network of its own, and what is not known is not told', (t) => {
  const sweep = aSweep();
  const [pod] = summaryOf('pi-7', { ...sweep, pods: [podUsage('host', { containers: [] })] }).pods;
  t.is(pod?.network, undefined);
  t.is(pod?.volume, undefined);
  t.is(pod?.process_stats, undefined);
  t.is(pod?.cpu?.usageNanoCores, undefined);
});
