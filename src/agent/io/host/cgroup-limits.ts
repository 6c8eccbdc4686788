/** Limits of a group as the kernel's files have them, in both versions. Pure. */
import type { PodLimits } from '../../ports/cgroups.ts';

/** A file of the group, its controller, and what is written. */
export type LimitFile = { readonly controller: string; readonly file: string; readonly value: string };

const PERIOD = 100_000;

/** What is absent in `limits` is set to no limit, because it may have been limited before. */
export function limitFiles(version: 1 | 2, limits: PodLimits): readonly LimitFile[] {
  const { cpuShares, cpuQuota, memoryBytes, pids } = limits;
  const pidsMax = { controller: 'pids', file: 'pids.max', value: pids === undefined ? 'max' : String(pids) };
  if (version === 1) {
    return [
      { controller: 'cpu', file: 'cpu.shares', value: String(cpuShares) },
      ...quotaFiles(version, cpuQuota),
      { controller: 'memory', file: 'memory.limit_in_bytes', value: String(memoryBytes ?? -1) },
      pidsMax,
    ];
  }
  return [
    { controller: 'cpu', file: 'cpu.weight', value: String(cpuWeight(cpuShares)) },
    ...quotaFiles(version, cpuQuota),
    { controller: 'memory', file: 'memory.max', value: memoryBytes === undefined ? 'max' : String(memoryBytes) },
    pidsMax,
  ];
}

/** Microseconds of CPU time in each period; undefined: no bound. */
export function quotaFiles(version: 1 | 2, quota: number | undefined): readonly LimitFile[] {
  if (version === 2) return [{ controller: 'cpu', file: 'cpu.max', value: `${quota ?? 'max'} ${PERIOD}` }];
  return [
    { controller: 'cpu', file: 'cpu.cfs_period_us', value: String(PERIOD) },
    { controller: 'cpu', file: 'cpu.cfs_quota_us', value: String(quota ?? -1) },
  ];
}

/** Shares of 2..262144 as weights of 1..10000, as the OCI runtimes convert them. */
export function cpuWeight(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9999) / 262_142);
}
