import type { CgroupFacts } from './cgroup.ts';

/** What pods need to know of their node; taken from Host.describe. */
export type NodeFacts = {
  readonly name: string;
  readonly ips: readonly string[];
  readonly memoryBytes: number;
  /** Quantities by resource, for limits that a container does not set. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly cgroups: CgroupFacts;
};
