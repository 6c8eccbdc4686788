/** Control groups in memory, of a device whose kernel limits everything. */

import type { CgroupFacts, Cgroups, CgroupsError, PodLimits } from '../../src/agent/ports/cgroups.ts';

export const everyCgroup: CgroupFacts = { version: 2, memory: true, swap: false, pids: true };

export class FakeCgroups implements Cgroups {
  readonly facts: CgroupFacts;
  readonly podPidsLimit = undefined;
  /** By path below the group of all pods. */
  readonly groups = new Map<string, PodLimits>();

  /** Of all BestEffort pods together, in microseconds each 100 ms. */
  bestEffortQuota: number | undefined;
  /** What the next bounds are refused with. */
  refusing: CgroupsError | undefined;

  constructor(facts: CgroupFacts = everyCgroup) {
    this.facts = facts;
  }

  async place(path: readonly string[], limits: PodLimits): Promise<string> {
    this.groups.set(path.join('/'), limits);
    return `/kubepods/${path.join('/')}`;
  }

  async remove(path: readonly string[]): Promise<void> {
    this.groups.delete(path.join('/'));
  }

  async pods(): Promise<readonly string[]> {
    return [...this.groups.keys()].map((path) => path.slice(path.lastIndexOf('pod') + 3));
  }

  async limitBestEffort(cpuQuota: number | undefined): Promise<void> {
    if (this.refusing !== undefined) throw this.refusing;
    this.bestEffortQuota = cpuQuota;
  }
}
