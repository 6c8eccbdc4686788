import type { NodeStatus } from '../../../common/model/node.ts';
import type { CgroupFacts } from '../config/cgroup.ts';
import type { PressureType } from '../eviction/seen.ts';

/** What pods need to know of their node. All but its addresses stays as it was when the agent started. */
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
  /** What runs short. */
  readonly pressure: readonly PressureType[];
};

/** The addresses by which pods know their node. */
export function nodeIps({ addresses = [] }: NodeStatus): readonly string[] {
  return addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
}
