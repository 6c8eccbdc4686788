/** The whole answer to why a pod is where it is: every node's verdicts, its place in the queue, and who might make room. */

import type { Pod } from '../../../common/model/pod.ts';
import type { NodeVerdict, SchedulingExplanation } from '../../../common/model/scheduling-explanation.ts';
import { isActive, isGated } from '../pod-state.ts';
import type { Budgets } from './budgets.ts';
import { verdictsOn } from './explain.ts';
import type { NodeViews } from './node-views.ts';
import type { Placers } from './placers.ts';
import { factsOf, type PodFacts } from './pod-facts.ts';
import { candidates, hasNobodyToRemove } from './preemption.ts';
import type { SchedulingQueue } from './queue.ts';
import { Reasons } from './reasons.ts';

/** `nodes`: only these; otherwise the best ones. */
export type Question = {
  readonly pod: Pod;
  readonly dryRun: boolean;
  readonly nodes?: readonly string[] | undefined;
};
/** The scheduler's knowledge. `now`: steady time in milliseconds. */
export type Knowledge = {
  readonly nodes: NodeViews;
  readonly placers: Placers;
  readonly queue: SchedulingQueue;
  readonly budgets: Budgets;
  readonly now: number;
};

/** Nodes, and candidates for preemption, that one answer tells of: it must fit into one message. */
const MOST_NODES = 200;
const MOST_CANDIDATES = 20;

/** What has a pod tried again that a plugin keeps from nodes. */
const WAKES: Readonly<Record<string, string>> = {
  NodeUnschedulable: 'a node is uncordoned',
  NodeName: 'the node that it names joins',
  TaintToleration: 'a taint is taken from a node',
  NodeAffinity: "a node's labels change, or a node joins",
  NodeLabel: "a node's labels change, or a node joins",
  NodePorts: 'a pod that has the host port ends',
  NodeResourcesFit: 'a pod ends, asks for less, or a node offers more',
  PodTopologySpread: 'pods that are counted come, end or change their labels',
  InterPodAffinity: 'pods that the terms are about come, end or change their labels',
  ServiceAffinity: 'pods of the service come or end',
};

/** What is known about the pod now; nothing is changed. */
export function explanationOf({ pod, dryRun, nodes: only }: Question, known: Knowledge): SchedulingExplanation {
  const { spec, metadata } = pod;
  const name = spec.schedulerName;
  const head = {
    apiVersion: 'bramble.io/v1' as const,
    kind: 'SchedulingExplanation' as const,
    metadata: { name: metadata.name, namespace: metadata.namespace ?? '' },
    dryRun,
    scheduler: name,
    priority: spec.priority ?? 0,
    ...(!dryRun && spec.nodeName !== undefined && { boundTo: spec.nodeName }),
    ...(pod.status?.nominatedNodeName !== undefined && { nominated: pod.status.nominatedNodeName }),
    gates: (spec.schedulingGates ?? []).map((gate) => gate.name),
  };
  const profile = known.placers.profile(name);
  if (profile === undefined) {
    const refusal = `no scheduler is named ${JSON.stringify(name)}; known are ${known.placers.names.join(', ')}`;
    const none = 'it is not placed by this master';
    return {
      ...{ ...head, queue: queueOf(pod, dryRun, [], known), best: [], refusal },
      ...{ nodes: [], omitted: 0, preemption: { none, candidates: [] } },
    };
  }
  const { nodeName: _, ...open } = spec;
  // A pod that is bound is asked about as if it were not.
  const facts = factsOf({ ...pod, spec: dryRun ? spec : open });
  return withoutItself(facts.uid, known.nodes, () => {
    const verdicts = verdictsOn(facts, known.nodes, profile).toSorted(better);
    const best = bestOf(verdicts);
    const asked = only === undefined ? verdicts : verdicts.filter(({ node }) => only.includes(node));
    const shown = asked.slice(0, MOST_NODES);
    return {
      ...{ ...head, queue: queueOf(pod, dryRun, verdicts, known), best },
      ...(best.length === 0 && { refusal: refusalOf(verdicts) }),
      nodes: shown,
      omitted: asked.length - shown.length,
      preemption: preemptionOf(facts, best, known),
    };
  });
}

/** Does the work as if the pod were on no node. */
function withoutItself<T>(uid: string, nodes: NodeViews, work: () => T): T {
  const placed = nodes.placement(uid);
  if (placed !== undefined) nodes.suspend(placed.facts);
  try {
    return work();
  } finally {
    if (placed !== undefined) nodes.resume(placed.facts);
  }
}

function better(a: NodeVerdict, b: NodeVerdict): number {
  return Number(b.fits) - Number(a.fits) || b.total - a.total || (a.node < b.node ? -1 : Number(a.node > b.node));
}

function bestOf(sorted: readonly NodeVerdict[]): string[] {
  const [first] = sorted;
  if (first === undefined || !first.fits) return [];
  return sorted.filter(({ fits, total }) => fits && total === first.total).map(({ node }) => node);
}

/** As the scheduler says it: the first filter that has reasons speaks for the node. */
function refusalOf(verdicts: readonly NodeVerdict[]): string {
  const reasons = new Reasons();
  for (const { filters } of verdicts) {
    reasons.count(filters.find((one) => one.reasons.length > 0)?.reasons ?? [], 1);
  }
  return reasons.message(verdicts.length);
}

function queueOf(
  pod: Pod,
  dryRun: boolean,
  verdicts: readonly NodeVerdict[],
  { queue, now }: Knowledge,
): SchedulingExplanation['queue'] {
  if (dryRun) return { state: 'absent', attempts: 0, wakes: [] };
  if (pod.spec.nodeName !== undefined) return { state: 'bound', attempts: 0, wakes: [] };
  if (isActive(pod) && isGated(pod)) {
    return { state: 'gated', attempts: 0, wakes: ['the last of its scheduling gates is taken away'] };
  }
  const place = queue.placeOf(pod.metadata.uid ?? '', now);
  if (place === undefined) return { state: 'absent', attempts: 0, wakes: [] };
  const refusing = new Set(
    verdicts.flatMap(({ filters }) => filters.filter(({ reasons }) => reasons.length > 0).map(({ plugin }) => plugin)),
  );
  const wakes = Object.entries(WAKES).flatMap(([plugin, what]) => (refusing.has(plugin) ? [what] : []));
  return { ...place, wakes: place.state === 'unschedulable' ? [...new Set(wakes)] : [] };
}

function preemptionOf(
  facts: PodFacts,
  best: readonly string[],
  { nodes, placers, budgets }: Knowledge,
): SchedulingExplanation['preemption'] {
  if (best.length > 0) return { none: 'a node can take it as it is', candidates: [] };
  const none = hasNobodyToRemove(facts, nodes);
  if (none !== undefined) return { none, candidates: [] };
  const found = candidates(facts, nodes, placers.classOf(facts), budgets);
  return {
    ...(found.length === 0 && { none: 'no node could take it, whichever pods of lower priority ended' }),
    candidates: found.slice(0, MOST_CANDIDATES).map(({ node, victims, violations }) => ({
      ...{ node, violations },
      victims: victims.map(({ namespace, pod, priority }) => ({ namespace, name: pod.metadata.name, priority })),
    })),
  };
}
