/** Sweeps of usage as tests want them, and an actor that has them. */

import type { UsageMessage } from '../../src/agent/actors/usage/usage-messages.ts';
import type { ContainerUsage, PodUsage, Sweep } from '../../src/agent/core/usage/sweep.ts';
import type { Behavior, Millis } from '../../src/common/actor/types.ts';

const MI = 1024 * 1024;

/** A device of four cores and 4 GiB with these pods. */
export function sweepAt(at: Millis, pods: readonly PodUsage[] = [], wall = at): Sweep {
  const stall = { avg10: 1.5, avg60: 0.5, avg300: 0.25, totalMicros: 2_500_000 };
  return {
    at,
    wall,
    window: 10_000,
    node: {
      cores: 4,
      memoryCapacityBytes: 4096 * MI,
      machine: { machineId: 'machine-1', systemUuid: 'board-1', bootId: 'boot-1' },
      cpu: {
        usageNanos: 90_000_000_000,
        userNanos: 60e9,
        systemNanos: 30e9,
        nanoCores: 500_000_000,
        pressure: { some: stall },
      },
      memory: {
        usageBytes: 1500 * MI,
        workingSetBytes: 1024 * MI,
        rssBytes: 800 * MI,
        cacheBytes: 600 * MI,
        swapBytes: 0,
        pageFaults: 1000,
        majorPageFaults: 10,
        availableBytes: 3072 * MI,
        pressure: { some: stall, full: stall },
      },
      io: { disks: [{ device: '179:0', name: 'mmcblk0', readBytes: 5e6, writtenBytes: 7e6, reads: 50, writes: 70 }] },
      processes: { processes: 120, threads: 400 },
      network: [interfaceNamed('eth0')],
      devices: { nodefs: 'mmcblk0p2' },
      nodefs: {
        usedBytes: 10e9,
        capacityBytes: 30e9,
        availableBytes: 20e9,
        inodes: 1e6,
        inodesFree: 9e5,
        inodesUsed: 1e5,
      },
      maxProcesses: 32_768,
      bootAtWall: wall - 3_600_000,
    },
    pods,
    system: [
      { name: 'pods', cpu: { usageNanos: 9e9 }, memory: memory(200) },
      { name: 'agent', cpu: { usageNanos: 1e9, nanoCores: 2_000_000 }, memory: memory(74) },
    ],
  };
}

/** A pod with containers that use `milli` thousandths of a core and `mib` MiB each. */
export function podUsing(
  name: string,
  {
    namespace = 'default',
    containers = ['main'],
    milli = 100,
    mib = 20,
  }: {
    namespace?: string;
    containers?: readonly string[];
    milli?: number;
    mib?: number;
  } = {},
): PodUsage {
  return {
    pod: { namespace, name, uid: `uid-${name}` },
    sandboxId: `sandbox-of-${name}`,
    cgroup: `/kubepods/burstable/poduid-${name}`,
    startedAtWall: 1_767_225_000_000,
    cpu: { usageNanos: 5e9 * containers.length, nanoCores: milli * 1e6 * containers.length },
    memory: memory(mib * containers.length),
    containers: containers.map((container) => containerUsing(container, milli, mib)),
    network: [interfaceNamed('eth0')],
    volumes: [{ name: 'data', medium: 'disk', usedBytes: 4096, inodesUsed: 2 }],
  };
}

function containerUsing(name: string, milli: number, mib: number): ContainerUsage {
  return {
    id: `id-of-${name}`,
    name,
    image: 'registry.test/app:1',
    startedAtWall: 1_767_225_000_000,
    cpu: {
      usageNanos: 5e9,
      nanoCores: milli * 1e6,
      throttling: { periods: 100, throttledPeriods: 5, throttledNanos: 25e7 },
      quota: { micros: 50_000, periodMicros: 100_000 },
      shares: 102,
    },
    memory: { ...memory(mib), limitBytes: 64 * MI, oomKills: 1 },
    io: { disks: [{ device: '179:0', readBytes: 1000, writtenBytes: 2000, reads: 1, writes: 2 }] },
    processes: { processes: 2, threads: 3 },
    rootfs: { usedBytes: 8192, inodesUsed: 4 },
    logs: { usedBytes: 1024 },
  };
}

const memory = (mib: number) => ({
  usageBytes: (mib + 5) * MI,
  workingSetBytes: mib * MI,
  rssBytes: (mib - 1) * MI,
  cacheBytes: 5 * MI,
  pageFaults: 10,
  majorPageFaults: 1,
});

function interfaceNamed(name: string) {
  const each = { rxPackets: 10, rxErrors: 0, rxDropped: 0, txPackets: 20, txErrors: 0, txDropped: 1 };
  return { name, rxBytes: 1_000, txBytes: 2_000, ...each };
}

/** An actor `usage` that sweeps when it is asked to, and remembers what it has swept. */
export class SweepingActor {
  pods: readonly PodUsage[] = [];
  readonly sweeps: Sweep[] = [];

  behavior(): Behavior<UsageMessage> {
    return (self) => ({
      on: {
        sweep: ({ maxAge }, { reply }) => {
          const newest = this.sweeps.at(-1);
          if (newest !== undefined && self.clock.now() - newest.at <= maxAge) return reply(newest);
          const sweep = sweepAt(self.clock.now(), this.pods, self.clock.wall());
          this.sweeps.push(sweep);
          reply(sweep);
        },
        history: ({ after }, { reply }) => {
          const from = Math.max(after, self.clock.now() - 900_000);
          reply(this.sweeps.filter(({ at }) => at > from));
        },
        listing: () => {},
        look: () => {},
        read: () => {},
        failed: () => {},
      },
    });
  }
}
