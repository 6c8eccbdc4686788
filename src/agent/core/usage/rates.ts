/** Rates: what counters grew by between two sweeps, over the time between them. */

import type { Millis } from '../../../common/lib/time.ts';
import type { ContainerUsage, GroupUsage, PodUsage, Readings, Sweep } from './sweep.ts';

/** A rate over less would tell chance. */
const SHORTEST: Millis = 1000;
const NANOS_PER_MILLI = 1_000_000;

type Told = { readonly sweep: Sweep; readonly readings: Readings };
/**
 * The sweeps that rates are told against: the newest, and the one before it that was at least a second older. Many sweeps at
 * once so have rates over a second or two, and not none.
 */
export type RateBase = { readonly newest: Told; readonly older: Told | undefined };

/** A sweep of these readings, and what the next one is told against. The first one of a group has no rate, and one whose counter was set back has none. */
export function withRates(
  readings: Readings,
  at: Millis,
  wall: Millis,
  base: RateBase | undefined,
): { readonly sweep: Sweep; readonly base: RateBase } {
  const ripe = base !== undefined && at - base.newest.sweep.at >= SHORTEST;
  const against = ripe ? base.newest : base?.older;
  const sweep = against === undefined ? { at, wall, ...readings } : told(readings, at, wall, against);
  const newest = { sweep, readings };
  if (base === undefined) return { sweep, base: { newest, older: undefined } };
  return { sweep, base: ripe ? { newest, older: base.newest } : base };
}

function told(readings: Readings, at: Millis, wall: Millis, { sweep: before, readings: read }: Told): Sweep {
  const nanos = (at - before.at) * NANOS_PER_MILLI;
  const pods = new Map(before.pods.map((pod, index) => [pod.pod.uid, { pod, reading: read.pods[index] }]));
  const system = new Map(before.system.map((part) => [part.name, part]));
  return {
    at,
    wall,
    window: at - before.at,
    node: rated(readings.node, before.node, nanos),
    pods: readings.pods.map((pod) => {
      const known = pods.get(pod.pod.uid);
      // The very same reading again: of a pod that rests nothing is made anew.
      if (known !== undefined && known.reading === pod && nanos > 0 && rests(known.pod)) return known.pod;
      return podRated(pod, known?.pod, nanos);
    }),
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

const rests = (pod: PodUsage): boolean =>
  [pod, ...pod.containers].every(({ cpu }) => cpu === undefined || cpu.nanoCores === 0);

function rated<G extends GroupUsage>(group: G, before: GroupUsage | undefined, nanos: number): G {
  const { cpu } = group;
  const grown = (cpu?.usageNanos ?? 0) - (before?.cpu?.usageNanos ?? Number.POSITIVE_INFINITY);
  if (cpu === undefined || grown < 0 || nanos <= 0) return group;
  return { ...group, cpu: { ...cpu, nanoCores: Math.round((grown / nanos) * 1e9) } };
}
