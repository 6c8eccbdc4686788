import type { CgroupFacts } from './cgroup.ts';

/** What pods need to know of their node; taken from Host.describe. */
export type NodeFacts = {
  readonly name: string;
  readonly ips: readonly string[];
  readonly memoryBytes: number;
  /** By the name that images use, as `arm64`; absent where it is not known. */
  readonly architecture?: string;
  /** Quantities by resource, for limits that a container does not set. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly cgroups: CgroupFacts;
  /** Kernel parameters that pods may set beside the safe ones (see sysctls.ts). */
  readonly unsafeSysctls: readonly string[];
};
