/** Whether a pod has room beside others on the node: as the kubelet admits pods, in its words. */

import { toBytes, toMillis } from '../../../common/lib/quantity.ts';
import { clash, hostPortsOf } from '../../../common/model/host-ports.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { podTotal } from '../../../common/model/pod-total.ts';
import { isCritical } from '../eviction/pod-load.ts';

/** Why the node does not run a pod. */
export type Rejection = { readonly reason: string; readonly why: string };

/** Extended resources are given out container by container. */
const resources = ['cpu', 'memory', 'ephemeral-storage'] as const;
type Resource = (typeof resources)[number];

/**
 * What the pod lacks beside `others`; undefined when there is room. `allocatable`: quantities by resource; one that it does
 * not name is not limited. Critical and static pods need only their ports: they are what the node is for.
 */
export function lacking(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  const taken = others.flatMap(hostPortsOf);
  if (hostPortsOf(pod).some((port) => taken.some((other) => clash(port, other)))) {
    const why = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    return { reason: 'NodePorts', why };
  }
  if (isCritical(pod)) return undefined;
  const pods = allocatable['pods'];
  if (pods !== undefined && others.length + 1 > Number(pods)) return outOf('pods', 1, others.length, Number(pods));
  for (const name of resources) {
    const [requested, capacity] = [requestOf(pod, name), allocatable[name]];
    if (requested === 0 || capacity === undefined) continue;
    const used = others.reduce((sum, one) => sum + requestOf(one, name), 0);
    const there = amount(name, capacity);
    if (requested + used > there) return outOf(name, requested, used, there);
  }
  return undefined;
}

function outOf(name: string, requested: number, used: number, capacity: number): Rejection {
  const numbers = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return { reason: `OutOf${name}`, why: `Node didn't have enough resource: ${name}, ${numbers}` };
}

/** cpu in thousandths of a core, the others in bytes. A request that is not made is the limit, as it is defaulted. */
function requestOf({ spec }: Pod, name: Resource): number {
  return podTotal(spec, ({ resources: { requests, limits } }) =>
    amount(name, requests?.[name] ?? limits?.[name] ?? '0'),
  );
}

const amount = (name: Resource, quantity: string): number => (name === 'cpu' ? toMillis(quantity) : toBytes(quantity));
