/**
 * A scheduler that is slow and obvious: for one pod it looks at every node and every pod, in the words of Kubernetes'
 * documentation. Properties compare the real one with it.
 */

import { matchesSelector } from '../../src/common/lib/labels.ts';
import type { PodAffinityTerm, TopologySpreadConstraint } from '../../src/common/model/affinity.ts';
import type { Node } from '../../src/common/model/node.ts';
import { matchesTerm, matchesTerms } from '../../src/common/model/node-selector.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import { tolerates } from '../../src/common/model/tolerates.ts';

export type World = {
  readonly nodes: readonly Node[];
  /** With their nodeName. */
  readonly pods: readonly Pod[];
};
type Verdict = { readonly node: string; readonly reason?: string; readonly total: number };

const must = 'requiredDuringSchedulingIgnoredDuringExecution';
const may = 'preferredDuringSchedulingIgnoredDuringExecution';
const label = (node: Node, key: string): string | undefined => node.metadata.labels?.[key];
const amount = (text: string | undefined): number => Number.parseInt(text ?? '0', 10);

/** Why each node can not take the pod, or how good it is. CPU is in millicores (`500m`) everywhere. */
export function judge(pod: Pod, world: World): readonly Verdict[] {
  const reasons = world.nodes.map((node) => against(pod, node, world));
  const open = world.nodes.filter((_, i) => reasons[i] === undefined);
  const scores = score(pod, open, world);
  return world.nodes.map((node, i) => ({
    node: node.metadata.name,
    ...(reasons[i] === undefined ? {} : { reason: reasons[i] }),
    total: scores.get(node) ?? -1,
  }));
}

function against(pod: Pod, node: Node, world: World): string | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  if (node.spec.unschedulable) return 'node(s) were unschedulable';
  const taint = node.spec.taints?.find((one) => one.effect !== 'PreferNoSchedule' && !tolerates(tolerations, one));
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!wanted(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  const here = world.pods.filter((one) => one.spec.nodeName === node.metadata.name);
  if (cpu([...here, pod]) > amount(node.status?.allocatable?.['cpu'])) return 'Insufficient cpu';
  return uneven(pod, node, world) ?? apart(pod, node, world);
}

function wanted(pod: Pod, node: Node): boolean {
  const affinity = pod.spec.affinity?.nodeAffinity?.[must];
  const { name, labels = {} } = node.metadata;
  const selector = Object.entries(pod.spec.nodeSelector ?? {});
  if (!selector.every(([key, value]) => labels[key] === value)) return false;
  return affinity === undefined || matchesTerms(affinity.nodeSelectorTerms, name, labels);
}

function cpu(pods: readonly Pod[]): number {
  return pods.reduce((sum, { spec }) => sum + amount(spec.containers[0]?.resources.requests?.['cpu']), 0);
}

/** Pods that a constraint counts in the domain of a node, or with undefined when the node has none. */
function inDomain(
  key: string,
  node: Node,
  { nodes, pods }: World,
  counts: (pod: Pod) => boolean,
  includes: (node: Node) => boolean = () => true,
): number | undefined {
  const value = label(node, key);
  if (value === undefined) return undefined;
  const near = new Set(
    nodes.filter((one) => label(one, key) === value && includes(one)).map((one) => one.metadata.name),
  );
  return pods.filter((one) => near.has(one.spec.nodeName ?? '') && counts(one)).length;
}

function spreading(pod: Pod, constraint: TopologySpreadConstraint, world: World) {
  const constraints = (pod.spec.topologySpreadConstraints ?? []).filter(
    (one) => one.whenUnsatisfiable === constraint.whenUnsatisfiable,
  );
  const includes = (node: Node) =>
    constraints.every((one) => label(node, one.topologyKey) !== undefined) &&
    (constraint.nodeAffinityPolicy === 'Ignore' || wanted(pod, node)) &&
    (constraint.nodeTaintsPolicy !== 'Honor' ||
      (node.spec.taints ?? []).every(
        (one) => one.effect === 'PreferNoSchedule' || tolerates(pod.spec.tolerations ?? [], one),
      ));
  const counts = (other: Pod) =>
    other.metadata.namespace === pod.metadata.namespace &&
    constraint.labelSelector !== undefined &&
    matchesSelector(constraint.labelSelector, other.metadata.labels);
  const domains = world.nodes.filter(includes);
  const numbers = domains.map((node) => inDomain(constraint.topologyKey, node, world, counts, includes) ?? 0);
  const size = new Set(domains.map((node) => label(node, constraint.topologyKey))).size;
  return { includes, counts, size, least: size === 0 ? 0 : Math.min(...numbers) };
}

function uneven(pod: Pod, node: Node, world: World): string | undefined {
  for (const constraint of pod.spec.topologySpreadConstraints ?? []) {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') continue;
    const { includes, counts, size, least } = spreading(pod, constraint, world);
    if (!includes(node)) return "node(s) didn't match pod topology spread constraints (missing required label)";
    const now = inDomain(constraint.topologyKey, node, world, counts, includes) ?? 0;
    const minimum = size < (constraint.minDomains ?? 1) ? 0 : least;
    if (now + Number(counts(pod)) - minimum > constraint.maxSkew) {
      return "node(s) didn't match pod topology spread constraints";
    }
  }
  return undefined;
}

/** Whether a term of `owner` is about `other`. */
function isAbout(term: PodAffinityTerm, owner: Pod, other: Pod): boolean {
  const namespaces = term.namespaces ?? [];
  const inScope =
    namespaces.length === 0
      ? owner.metadata.namespace === other.metadata.namespace
      : namespaces.includes(other.metadata.namespace ?? '');
  return inScope && term.labelSelector !== undefined && matchesSelector(term.labelSelector, other.metadata.labels);
}

function apart(pod: Pod, node: Node, world: World): string | undefined {
  const needs = pod.spec.affinity?.podAffinity?.[must] ?? [];
  const meetsAll = (other: Pod) => needs.every((term) => isAbout(term, pod, other));
  const anywhere = needs.some((term) =>
    world.nodes.some((one) => (inDomain(term.topologyKey, one, world, meetsAll) ?? 0) > 0),
  );
  const enough = needs.every((term) => {
    const near = inDomain(term.topologyKey, node, world, meetsAll);
    return near !== undefined && (near > 0 || (!anywhere && meetsAll(pod)));
  });
  if (!enough) return "node(s) didn't match pod affinity rules";
  for (const term of pod.spec.affinity?.podAntiAffinity?.[must] ?? []) {
    if ((inDomain(term.topologyKey, node, world, (other) => isAbout(term, pod, other)) ?? 0) > 0) {
      return "node(s) didn't match pod anti-affinity rules";
    }
  }
  for (const other of world.pods) {
    for (const term of other.spec.affinity?.podAntiAffinity?.[must] ?? []) {
      const isThis = inDomain(term.topologyKey, node, world, (one) => one === other);
      if (isAbout(term, other, pod) && isThis === 1) return "node(s) didn't satisfy existing pods anti-affinity rules";
    }
  }
  return undefined;
}

function score(pod: Pod, open: readonly Node[], world: World): ReadonlyMap<Node, number> {
  const totals = new Map(open.map((node) => [node, 0]));
  const add = (weight: number, of: (node: Node) => number): void => {
    for (const node of open) totals.set(node, (totals.get(node) ?? 0) + weight * of(node));
  };
  const used = (node: Node) => world.pods.filter((one) => one.spec.nodeName === node.metadata.name);
  const share = (node: Node) => cpu([...used(node), pod]) / amount(node.status?.allocatable?.['cpu']);
  const freeCpu = (node: Node) => {
    const all = amount(node.status?.allocatable?.['cpu']);
    return Math.floor(((all - cpu([...used(node), pod])) * 100) / all);
  };
  add(1, (node) => Math.floor((freeCpu(node) + freeMemory(node, used(node).length + 1)) / 2));
  add(1, (node) => Math.floor((1 - share(node) / 2) * 100));
  const unloved = (node: Node) =>
    (node.spec.taints ?? []).filter(
      (one) => one.effect === 'PreferNoSchedule' && !tolerates(pod.spec.tolerations ?? [], one),
    ).length;
  const most = Math.max(0, ...open.map(unloved));
  add(3, (node) => (most === 0 ? 100 : 100 - Math.floor((100 * unloved(node)) / most)));
  const liked = (node: Node) =>
    (pod.spec.affinity?.nodeAffinity?.[may] ?? []).reduce(
      (sum, { weight, preference }) =>
        sum + (matchesTerm(preference, node.metadata.name, node.metadata.labels ?? {}) ? weight : 0),
      0,
    );
  const dearest = Math.max(0, ...open.map(liked));
  if (dearest > 0) add(2, (node) => Math.floor((100 * liked(node)) / dearest));
  const soft = (pod.spec.topologySpreadConstraints ?? []).filter((one) => one.whenUnsatisfiable === 'ScheduleAnyway');
  if (soft.length > 0) add(2, spreadScore(pod, soft, open, world));
  add(2, nearScore(pod, open, world));
  return totals;
}

/** Pods that ask for no memory count as 200 MiB each. */
function freeMemory(node: Node, pods: number): number {
  const all = amount(node.status?.allocatable?.['memory']);
  const taken = pods * 200 * 1024 * 1024;
  return taken > all ? 0 : Math.floor(((all - taken) * 100) / all);
}

function spreadScore(pod: Pod, soft: readonly TopologySpreadConstraint[], open: readonly Node[], world: World) {
  const raw = (node: Node): number | undefined => {
    let sum = 0;
    for (const constraint of soft) {
      const { includes, counts, size } = spreading(pod, constraint, world);
      if (!includes(node)) return undefined;
      const now = inDomain(constraint.topologyKey, node, world, counts, includes) ?? 0;
      sum += now * Math.log(size + 2) + (constraint.maxSkew - 1);
    }
    return Math.round(sum);
  };
  const known = open.map(raw).filter((one) => one !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return (node: Node) => {
    const own = raw(node);
    if (own === undefined) return 0;
    return most === 0 ? 100 : Math.floor((100 * (most + least - own)) / most);
  };
}

function nearScore(pod: Pod, open: readonly Node[], world: World): (node: Node) => number {
  const terms = ({ spec }: Pod) => [
    ...(spec.affinity?.podAffinity?.[may] ?? []).map((one) => ({ term: one.podAffinityTerm, weight: one.weight })),
    ...(spec.affinity?.podAntiAffinity?.[may] ?? []).map((one) => ({ term: one.podAffinityTerm, weight: -one.weight })),
  ];
  const hard = ({ spec }: Pod) => (spec.affinity?.podAffinity?.[must] ?? []).map((term) => ({ term, weight: 1 }));
  const raw = (node: Node): number => {
    let sum = 0;
    for (const { term, weight } of terms(pod)) {
      sum += weight * (inDomain(term.topologyKey, node, world, (other) => isAbout(term, pod, other)) ?? 0);
    }
    for (const other of world.pods) {
      for (const { term, weight } of [...terms(other), ...hard(other)]) {
        if (!isAbout(term, other, pod)) continue;
        sum += weight * (inDomain(term.topologyKey, node, world, (one) => one === other) ?? 0);
      }
    }
    return sum;
  };
  const [least, most] = [Math.min(...open.map(raw)), Math.max(...open.map(raw))];
  return (node) => (most === least ? 0 : Math.floor((100 * (raw(node) - least)) / (most - least)));
}
