/** What a pod takes of a node, counted once: resources as Kubernetes counts requests, and host ports. */

import { toBytes, toMillis } from '../../common/lib/quantity.ts';
import type { Container } from '../../common/model/container.ts';
import type { Pod } from '../../common/model/pod.ts';

/** Amounts by resource name: cpu in thousandths of a core, all others in whole units (bytes). */
export type Amounts = ReadonlyMap<string, number>;

/** A host port that is taken; an address of 0.0.0.0 takes it on all addresses. */
export type HostPort = { readonly ip: string; readonly protocol: string; readonly port: number };

/** All that scheduling asks of a pod. `scored` are cpu and memory with Kubernetes' stand-ins where none is requested. */
export type PodFacts = {
  readonly pod: Pod;
  readonly uid: string;
  readonly requests: Amounts;
  readonly scored: { readonly cpu: number; readonly memory: number };
  readonly ports: readonly HostPort[];
};

/** What a container without a request counts as when nodes are compared (Kubernetes: 100m and 200 MB). */
const UNSAID = { cpu: 100, memory: 200 * 1024 * 1024 };

/** The facts of a pod whose quantities the schema has checked. */
export function factsOf(pod: Pod): PodFacts {
  const { containers, initContainers = [] } = pod.spec;
  const scoredOf = (resource: 'cpu' | 'memory'): number => {
    const of = (container: Container): number => amountsOf(container).get(resource) || UNSAID[resource];
    return Math.max(
      containers.reduce((sum, container) => sum + of(container), 0),
      ...initContainers.map(of),
    );
  };
  return {
    pod,
    uid: pod.metadata.uid ?? '',
    requests: requestsOf(pod),
    scored: { cpu: scoredOf('cpu'), memory: scoredOf('memory') },
    ports: hostPortsOf(pod),
  };
}

/**
 * The sum over the containers, or the largest init container where that is more: init containers run alone, before
 * the others.
 */
export function requestsOf(pod: Pod): Amounts {
  const total = new Map<string, number>();
  for (const container of pod.spec.containers) {
    for (const [name, amount] of amountsOf(container)) total.set(name, (total.get(name) ?? 0) + amount);
  }
  for (const container of pod.spec.initContainers ?? []) {
    for (const [name, amount] of amountsOf(container)) total.set(name, Math.max(total.get(name) ?? 0, amount));
  }
  return total;
}

/** Amounts of a map of quantities, such as a node's allocatable. */
export function amounts(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(
    Object.entries(quantities ?? {}).map(([name, text]) => [name, name === 'cpu' ? toMillis(text) : toBytes(text)]),
  );
}

function amountsOf(container: Container): Amounts {
  const { requests, limits } = container.resources;
  return amounts({ ...limits, ...requests });
}

function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  return spec.containers.flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, hostIP, protocol }) => {
      const port = hostPort ?? (spec.hostNetwork === true ? containerPort : undefined);
      return port === undefined ? [] : [{ ip: hostIP || '0.0.0.0', protocol, port }];
    }),
  );
}
