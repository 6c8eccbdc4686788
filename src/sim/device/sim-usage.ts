/** What a simulated device uses: a quarter of its memory, a third of its card, and a little CPU for each pod. */

import type { PodSubject, Readings, Usage } from '../../agent/ports/usage.ts';
import type { Clock } from '../../common/actor/types.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const CARD = { capacityBytes: 32 * GIB, inodes: 2_000_000 };
/** Thousandths of a core, and bytes, of one container. */
const CONTAINER = { millis: 5, bytes: 12 * MIB };

export class SimUsage implements Usage {
  readonly #clock: Clock;
  readonly #memoryBytes: number;
  readonly #begun: number;

  constructor(clock: Clock, memoryBytes: number) {
    this.#clock = clock;
    this.#memoryBytes = memoryBytes;
    this.#begun = clock.now();
  }

  async read(pods: readonly PodSubject[]): Promise<Readings> {
    const millis = this.#clock.now() - this.#begun;
    const cpu = (cores: number) => ({ usageNanos: Math.round(millis * 1e6 * cores) });
    const used = this.#memoryBytes / 4;
    return {
      node: {
        cores: 4,
        memoryCapacityBytes: this.#memoryBytes,
        cpu: cpu(0.2),
        memory: { ...memoryOf(used), availableBytes: this.#memoryBytes - used },
        processes: { processes: 120, threads: 300 },
        maxProcesses: 32_768,
        network: [],
        nodefs: {
          ...CARD,
          ...{ usedBytes: 10 * GIB, availableBytes: 22 * GIB, inodesUsed: 200_000, inodesFree: 1_800_000 },
        },
        bootAtWall: this.#clock.wall() - millis,
      },
      pods: pods.map(({ pod, sandboxId, createdAtWall, containers }) => ({
        pod,
        sandboxId,
        startedAtWall: createdAtWall,
        cpu: cpu((containers.length * CONTAINER.millis) / 1000),
        memory: memoryOf(containers.length * CONTAINER.bytes),
        volumes: [],
        containers: containers.map(({ id, name, image, createdAtWall: startedAtWall }) => ({
          ...{ id, name, image, startedAtWall, cpu: cpu(CONTAINER.millis / 1000), memory: memoryOf(CONTAINER.bytes) },
        })),
      })),
      system: [],
    };
  }

  close(): void {}
}

function memoryOf(bytes: number) {
  const rest = { cacheBytes: 0, pageFaults: 0, majorPageFaults: 0 };
  return { usageBytes: bytes, workingSetBytes: bytes, rssBytes: bytes, ...rest };
}
