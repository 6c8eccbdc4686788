/** Rates: what counters grew by between two sweeps, over the time between them. */

import type { Millis } from '../../../common/lib/time.ts';
import type { ContainerUsage, GroupUsage, PodUsage, Readings, Sweep } from './sweep.ts';

/** A rate over less would tell chance. */
const SHORTEST: Millis = 1000;
const NANOS_PER_MILLI = 1_000_000;

/**
 * The sweeps that rates are told against: the newest, and the one before it that was at least a second older. Many sweeps at
 * once so have rates over a second or two, and not none.
 */
export type RateBase = { readonly newest: Sweep; readonly older: Sweep | undefined };

/** A sweep of these readings, and what the next one is told against. The first one of a group has no rate, and one whose counter was set back has none. */
export function withRates(
  readings: Readings,
  at: Millis,
  wall: Millis,
  base: RateBase | undefined,
): { readonly sweep: Sweep; readonly base: RateBase } {
  const ripe = base !== undefined && at - base.newest.at >= SHORTEST;
  const against = ripe ? base.newest : base?.older;
  const sweep = against === undefined ? { at, wall, ...readings } : told(readings, at, wall, against);
  if (base === undefined) return { sweep, base: { newest: sweep, older: undefined } };
  return { sweep, base: ripe ? { newest: sweep, older: base.newest } : base };
}

function told(readings: Readings, at: Millis, wall: Millis, before: Sweep): Sweep {
  const nanos = (at - before.at) * NANOS_PER_MILLI;
  const pods = new Map(before.pods.map((pod) => [pod.pod.uid, pod]));
  const system = new Map(before.system.map((part) => [part.name, part]));
  return {
    at,
    wall,
    window: at - before.at,
    node: rated(readings.node, before.node, nanos),
    pods: readings.pods.map((pod) => podRated(pod, pods.get(pod.pod.uid), nanos)),
    system: readings.system.map((part) => rated(part, system.get(part.name), nanos)),
  };
}

function podRated(pod: PodUsage, before: PodUsage | undefined, nanos: number): PodUsage {
  const containers = new Map<string, ContainerUsage>(before?.containers.map((each) => [each.id, each]));
  return {
    ...rated(pod, before, nanos),
    containers: pod.containers.map((each) => rated(each, containers.get(each.id), nanos)),
  };
}

function rated<G extends GroupUsage>(group: G, before: GroupUsage | undefined, nanos: number): G {
  const { cpu } = group;
  const grown = (cpu?.usageNanos ?? 0) - (before?.cpu?.usageNanos ?? Number.POSITIVE_INFINITY);
  if (cpu === undefined || grown < 0 || nanos <= 0) return group;
  return { ...group, cpu: { ...cpu, nanoCores: Math.round((grown / nanos) * 1e9) } };
}
