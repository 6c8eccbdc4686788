/** What a pod takes of a node, counted once: resources as Kubernetes counts requests. */

import { toBytes, toMillis } from '../../../common/lib/quantity.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';

/** Amounts by resource name: cpu in thousandths of a core, all others in whole units (bytes). */
export type Amounts = ReadonlyMap<string, number>;

/** cpu and memory, with Kubernetes' stand-ins where none is requested. */
export type Scored = { readonly cpu: number; readonly memory: number };

const NOTHING: Amounts = new Map();
/** What a container without a request counts as when nodes are compared (Kubernetes: 100m and 200 MB). */
const UNSAID = { cpu: 100, memory: 200 * 1024 * 1024 };

/** What the pod takes at most at one time, by the requests of its containers, and what it counts as when nodes are compared. */
export function takenBy(pod: Pod): { readonly requests: Amounts; readonly scored: Scored } {
  const { containers, initContainers = [] } = pod.spec;
  const all = new Map([...containers, ...initContainers].map((one) => [one, amountsOf(one, pod)] as const));
  const asked = (container: Container): Amounts => all.get(container) ?? NOTHING;
  const scored = most(pod, (container) => {
    const amount = asked(container);
    return new Map([
      ['cpu', amount.get('cpu') || UNSAID.cpu],
      ['memory', amount.get('memory') || UNSAID.memory],
    ]);
  });
  return { requests: most(pod, asked), scored: { cpu: scored.get('cpu') ?? 0, memory: scored.get('memory') ?? 0 } };
}

/**
 * The most that runs at one time, as Kubernetes counts: the containers with all sidecars, or, where that is more, an
 * init container with the sidecars that were started before it.
 */
function most({ spec }: Pod, amountOf: (container: Container) => Amounts): Amounts {
  let sidecars = NOTHING;
  let initially = NOTHING;
  for (const container of spec.initContainers ?? []) {
    const besides = sum(sidecars, amountOf(container));
    if (container.restartPolicy === 'Always') sidecars = besides;
    initially = larger(initially, besides);
  }
  return larger(
    spec.containers.reduce((total, container) => sum(total, amountOf(container)), sidecars),
    initially,
  );
}

const combined =
  (how: (a: number, b: number) => number) =>
  (a: Amounts, b: Amounts): Amounts => {
    if (a.size === 0 || b.size === 0) return a.size === 0 ? b : a;
    return new Map([...a.keys(), ...b.keys()].map((name) => [name, how(a.get(name) ?? 0, b.get(name) ?? 0)]));
  };
const sum = combined((a, b) => a + b);
const larger = combined(Math.max);

/** Amounts of a map of quantities, such as a node's allocatable. */
export function amounts(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(
    Object.entries(quantities ?? {}).map(([name, text]) => [name, name === 'cpu' ? toMillis(text) : toBytes(text)]),
  );
}

/** What a container takes: what it asks for, or what its node still gives it while it is resized to less. */
function amountsOf({ name, resources }: Container, { status }: Pod): Amounts {
  const asked = amounts({ ...resources.limits, ...resources.requests });
  const known = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const granted = known.find((one) => one.name === name);
  if (granted === undefined) return asked;
  return [granted.allocatedResources, granted.resources?.requests].map(amounts).reduce(larger, asked);
}
