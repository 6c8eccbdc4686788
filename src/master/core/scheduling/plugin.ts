/**
 * The shape of scheduling plugins: pure functions in tables (node-plugins.ts, topology-plugins.ts), which a profile
 * names and weighs. A node plugin judges a node by itself; a topology plugin by where other pods are.
 */

import type { ImageSpread } from './images.ts';
import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import type { NodeCounts } from './pod-counts.ts';
import type { PodFacts, PodTerm } from './pod-facts.ts';
import type { Tally } from './tally.ts';

/** What plugins may be told; see the plugins. */
export type Arguments = {
  /** How full nodes are to be: see resource-scores.ts. */
  readonly scoringStrategy: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  /** For RequestedToCapacityRatio: points of utilization (0..100) and score (0..10), by rising utilization. */
  readonly shape: readonly { readonly utilization: number; readonly score: number }[];
  /** What fullness is measured in, and what each weighs. */
  readonly resources: readonly { readonly name: string; readonly weight: number }[];
  /** Labels that nodes must (`presence`) or must not have, whatever their values. */
  readonly labelPresence: readonly { readonly labels: readonly string[]; readonly presence: boolean }[];
  /** Labels that make a node better (`presence`), or whose absence does. */
  readonly labelPreference: readonly { readonly label: string; readonly presence: boolean }[];
  /** How pods of a controller that say nothing are spread; undefined: over hosts and zones, as well as may be. */
  readonly defaultConstraints?: readonly DefaultConstraint[] | undefined;
  /** What a required affinity of a pod that is there weighs for a newcomer that it is about. */
  readonly hardPodAffinityWeight: number;
  /** Pods that have one value of `serviceLabel` go to nodes that have one value of each of `labels`. */
  readonly serviceAffinity?: { readonly labels: readonly string[]; readonly serviceLabel: string } | undefined;
};

export type DefaultConstraint = {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
};

export type NodePlugin = {
  readonly name: string;
  /** It asks of nothing but the Node, and needs to be asked again only when that changes. */
  readonly fixed: boolean;
  /**
   * All that it reads of a pod: pods of which that is equal as JSON get the same verdicts, worked out once for all of
   * them. Absent: it may read anything.
   */
  readonly asks?: (pod: PodFacts, images: ImageSpread) => unknown;
  /** Why the node cannot take the pod; empty when it can. */
  readonly filter?: (pod: PodFacts, on: NodeView, args: Arguments) => readonly string[];
  /** Whether it has a score for such pods; absent: for all. */
  readonly scores?: (pod: PodFacts, args: Arguments) => boolean;
  /** How good the node is: a whole number, 0..100 unless `normalise` makes it so. */
  readonly score?: (pod: PodFacts, on: NodeView, args: Arguments, images: ImageSpread) => number;
  /** Makes 0..100 of the scores of all nodes that can take the pod. */
  readonly normalise?: Normalise;
};

export type Normalise = (raw: readonly number[]) => readonly number[];

/** What a topology plugin counts: pods in the domains of a label, over those nodes that count. */
export type Aspect = Pick<PodTerm, 'topologyKey'> & {
  readonly counts: NodeCounts;
  readonly includes?: (on: NodeView) => boolean;
};

/** By aspect: the pods in the node's domain; -1 when the node does not count or has no such label. */
export type Values = readonly number[];

/** Both are asked once for a decision, with the tallies of the aspects; what they answer is asked for each group of nodes. */
export type Prepared = {
  readonly aspects: readonly Aspect[];
  /** Why a node cannot take the pod. */
  readonly filter?: (tallies: readonly Tally[]) => (values: Values) => string | undefined;
  /** How good it is; undefined: it gets 0, whatever the others have. */
  readonly score?: (tallies: readonly Tally[]) => (values: Values) => number | undefined;
  readonly normalise?: Normalise;
  /** To be called when it is no longer used. */
  readonly release: () => void;
};

export type TopologyPlugin = {
  readonly name: string;
  /** What is to be counted for such pods; undefined when the plugin has nothing to say about them. */
  readonly prepare: (pod: PodFacts, nodes: NodeViews, args: Arguments) => Prepared | undefined;
};

/** The highest becomes 100, and 0 stays 0. */
export const byHighest: Normalise = (raw) => {
  const highest = Math.max(0, mostOf(raw));
  return highest === 0 ? raw : raw.map((one) => Math.floor((one * 100) / highest));
};

/** 0 becomes 100, and the highest becomes 0. */
export const byLowest: Normalise = (raw) => {
  const highest = Math.max(0, mostOf(raw));
  return raw.map((one) => (highest === 0 ? 100 : 100 - Math.floor((one * 100) / highest)));
};

/** The highest becomes 100 and the lowest 0; all 0 when they are equal. */
export const byRange: Normalise = (raw) => {
  const lowest = leastOf(raw);
  const range = mostOf(raw) - lowest;
  return raw.map((one) => (range === 0 ? 0 : Math.floor(((one - lowest) * 100) / range)));
};

/** The largest, of any number of them; -Infinity of none. */
export function mostOf(numbers: readonly number[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const one of numbers) if (one > most) most = one;
  return most;
}

/** The smallest, of any number of them; Infinity of none. */
export function leastOf(numbers: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const one of numbers) if (one < least) least = one;
  return least;
}
