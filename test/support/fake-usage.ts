/** A device whose usage a test sets. */

import type { CpuUsage, MemoryUsage, NodeUsage, PodUsage, SystemUsage } from '../../src/agent/core/usage/sweep.ts';
import type { PodSubject, Readings, Usage, UsageError } from '../../src/agent/ports/usage.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Memory of which only what the test says is told apart. */
export function memoryOf(workingSetBytes: number, more: Partial<MemoryUsage> = {}): MemoryUsage {
  return {
    usageBytes: workingSetBytes,
    workingSetBytes,
    rssBytes: workingSetBytes,
    cacheBytes: 0,
    pageFaults: 0,
    majorPageFaults: 0,
    ...more,
  };
}
export const cpuOf = (usageNanos: number, more: Partial<CpuUsage> = {}): CpuUsage => ({ usageNanos, ...more });

/** A Pi with 1 GiB of memory and a card of 16 GiB, both mostly free. */
export function nodeUsage(more: Partial<NodeUsage> = {}): NodeUsage {
  return {
    cores: 4,
    memoryCapacityBytes: GIB,
    cpu: cpuOf(0),
    memory: memoryOf(200 * MIB, { availableBytes: GIB - 200 * MIB }),
    processes: { processes: 100, threads: 150 },
    maxProcesses: 32_768,
    network: [],
    nodefs: {
      usedBytes: 4 * GIB,
      capacityBytes: 16 * GIB,
      availableBytes: 12 * GIB,
      inodes: 1_000_000,
      inodesFree: 900_000,
      inodesUsed: 100_000,
    },
    bootAtWall: 0,
    ...more,
  };
}

/** Usage of a pod with one container, `main`, that uses what the pod does. */
export function podUsage(name: string, more: Partial<PodUsage> = {}): PodUsage {
  const { cpu = cpuOf(0), memory = memoryOf(10 * MIB) } = more;
  const container = { id: `${name}-main`, name: 'main', image: 'registry.test/app:1', startedAtWall: 0, cpu, memory };
  return {
    pod: { namespace: 'default', name, uid: `uid-${name}` },
    sandboxId: `${name}-sandbox`,
    startedAtWall: 0,
    containers: [container],
    volumes: [],
    cpu,
    memory,
    ...more,
  };
}

export class FakeUsage implements Usage {
  node: NodeUsage = nodeUsage();
  system: readonly SystemUsage[] = [];
  /** What pods use, by uid; one that the runtime has and that is not here uses what `podUsage` says. */
  readonly pods = new Map<string, PodUsage>();
  /** Of whom the last look was. */
  subjects: readonly PodSubject[] = [];
  /** How the disk was wanted in each look. */
  readonly looks: ('kept' | 'fresh')[] = [];
  failing: () => UsageError | undefined = () => undefined;
  /** What a look waits for. */
  pause: () => Promise<void> = async () => {};
  closed = false;

  async read(pods: readonly PodSubject[], disk: 'kept' | 'fresh'): Promise<Readings> {
    this.looks.push(disk);
    this.subjects = pods;
    await this.pause();
    const failure = this.failing();
    if (failure !== undefined) throw failure;
    return { node: this.node, pods: pods.map((subject) => this.#podOf(subject)), system: this.system };
  }

  close(): void {
    this.closed = true;
  }

  #podOf({ pod, sandboxId, createdAtWall, containers }: PodSubject): PodUsage {
    const { containers: set = [], ...usage } = this.pods.get(pod.uid) ?? podUsage(pod.name);
    return {
      ...usage,
      pod,
      sandboxId,
      startedAtWall: createdAtWall,
      containers: containers.map(({ id, name, image, createdAtWall: startedAtWall }) => {
        const found = set.find((each) => each.name === name) ?? set[0];
        return { ...found, id, name, image, startedAtWall };
      }),
    };
  }
}
