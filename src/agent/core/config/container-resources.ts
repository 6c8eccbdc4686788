/** What the runtime is told of a container's resources. Numbers and defaults are the kubelet's. */

import { toBytes, toMillis } from '../../../common/lib/quantity.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { qosOf } from '../../../common/model/qos.ts';
import type { NodeFacts } from '../node/node-facts.ts';
import type { LinuxResources } from '../runtime-model.ts';
import { oomScoreAdj } from './qos.ts';

/** Microseconds over which a quota holds. */
const PERIOD = 100_000;
const LEAST_SHARES = 2;
const MOST_SHARES = 262_144;
const LEAST_QUOTA = 1000;

/** CPU shares of so many millicores: 1024 a core. */
export function cpuShares(millicores: number): number {
  return Math.min(MOST_SHARES, Math.max(LEAST_SHARES, Math.floor((millicores * 1024) / 1000)));
}

/** Microseconds of CPU time in each period of 100 ms. */
export function cpuQuota(millicores: number): number {
  return Math.max(LEAST_QUOTA, Math.floor((millicores * PERIOD) / 1000));
}

/** What the kernel can not enforce is left out. A container may use no swap, as with the kubelet's NoSwap. */
export function linuxResources(pod: Pod, container: Container, node: NodeFacts): LinuxResources {
  const { limits, requests } = container.resources;
  const cpuLimit = limits?.['cpu'];
  const memory = node.cgroups.memory ? limits?.['memory'] : undefined;
  return {
    cpuShares: cpuShares(toMillis(requests?.['cpu'] ?? cpuLimit ?? '0')),
    ...(cpuLimit === undefined ? {} : { cpuPeriod: PERIOD, cpuQuota: cpuQuota(toMillis(cpuLimit)) }),
    ...(memory === undefined ? {} : { memoryLimitBytes: toBytes(memory) }),
    ...swapLimit(memory, node),
    oomScoreAdj: oomScoreAdj(qosOf(pod), container, node.memoryBytes),
  };
}

/** Version 1 counts memory and swap together; version 2 has a file for swap. */
function swapLimit(
  memory: string | undefined,
  { cgroups }: NodeFacts,
): Pick<LinuxResources, 'memorySwapLimitBytes' | 'unified'> {
  if (!cgroups.swap || !cgroups.memory) return {};
  if (cgroups.version === 2) return { unified: { 'memory.swap.max': '0' } };
  return memory === undefined ? {} : { memorySwapLimitBytes: toBytes(memory) };
}

/** The limits of a container that this device's kernel does not enforce. */
export function unenforced(container: Container, { cgroups }: NodeFacts): readonly string[] {
  return container.resources.limits?.['memory'] !== undefined && !cgroups.memory ? ['memory'] : [];
}
