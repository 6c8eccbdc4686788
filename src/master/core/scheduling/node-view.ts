/** One node as the scheduler sees it: what the Node says, and what the pods that are there take. */

import type { HostPort } from '../../../common/model/host-ports.ts';
import type { Condition } from '../../../common/model/meta.ts';
import type { Node, Taint } from '../../../common/model/node.ts';
import { pressureTaints } from '../../../common/model/node-conditions.ts';
import { condition, isTrue } from '../conditions.ts';
import type { PodFacts } from './pod-facts.ts';
import { type Amounts, amounts } from './pod-requests.ts';

/** What follows from the Node alone; another object whenever the Node is another. */
export type NodeFacts = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unschedulable: boolean;
  /** Those of the spec, and those that conditions stand for. */
  readonly taints: readonly Taint[];
  readonly conditions: readonly Condition[];
  readonly allocatable: Amounts;
  /** Bytes of each image that is there, by its names. */
  readonly images: ReadonlyMap<string, number>;
};

export type NodeView = {
  readonly slot: number;
  /** Another number whenever anything about the node has changed. */
  version: number;
  facts: NodeFacts;
  readonly used: Map<string, number>;
  readonly scored: { cpu: number; memory: number };
  readonly pods: Map<string, PodFacts>;
  ports: readonly HostPort[];
};

export function nodeFacts({ metadata, spec, status }: Node): NodeFacts {
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    unschedulable: spec.unschedulable === true,
    taints: withConditions(spec.taints ?? [], status?.conditions ?? []),
    conditions: status?.conditions ?? [],
    allocatable: amounts(status?.allocatable ?? status?.capacity),
    images: new Map(
      (status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) =>
        names.map((name) => [name, sizeBytes] as const),
      ),
    ),
  };
}

function withConditions(said: readonly Taint[], conditions: readonly Condition[]): readonly Taint[] {
  const ready = condition(conditions, 'Ready')?.status;
  const keys = Object.entries(pressureTaints).flatMap(([type, key]) => (isTrue(conditions, type) ? [key] : []));
  if (ready === 'Unknown') keys.push('node.kubernetes.io/unreachable');
  else if (ready !== 'True') keys.push('node.kubernetes.io/not-ready');
  const missing = keys.filter((key) => !said.some((one) => one.key === key && one.effect === 'NoSchedule'));
  return [...said, ...missing.map((key): Taint => ({ key, effect: 'NoSchedule' }))];
}

/** Counts a pod in, or out again. */
export function count(view: NodeView, facts: PodFacts, sign: 1 | -1): void {
  for (const [name, amount] of facts.requests) view.used.set(name, (view.used.get(name) ?? 0) + sign * amount);
  view.scored.cpu += sign * facts.scored.cpu;
  view.scored.memory += sign * facts.scored.memory;
  if (sign === 1) view.pods.set(facts.uid, facts);
  else view.pods.delete(facts.uid);
  if (facts.ports.length > 0) view.ports = Array.from(view.pods.values()).flatMap(({ ports }) => ports);
}
