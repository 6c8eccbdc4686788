/** All that scheduling asks of a pod, worked out once. */

import { type HostPort, hostPortsOf } from '../../../common/model/host-ports.ts';
import type { LabelSelector } from '../../../common/model/meta.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { Toleration } from '../../../common/model/pod-spec.ts';
import { qosOf } from '../../../common/model/qos.ts';
import { type Amounts, type Scored, takenBy } from './pod-requests.ts';
import { criterion, type PodSelector, selectorOf } from './pod-selector.ts';

/** A term about other pods: those that the selector chooses, in the same domain of the topology key. */
export type PodTerm = { readonly topologyKey: string; readonly selector: PodSelector };
/** A negative weight keeps away. */
export type WeightedTerm = PodTerm & { readonly weight: number };
/** A constraint on how evenly pods are spread; `self`: the pod itself counts. */
export type SpreadTerm = PodTerm & {
  readonly maxSkew: number;
  readonly hard: boolean;
  readonly minDomains: number;
  readonly honorAffinity: boolean;
  readonly honorTaints: boolean;
};

export type PodFacts = {
  readonly pod: Pod;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly requests: Amounts;
  readonly scored: Scored;
  readonly ports: readonly HostPort[];
  readonly tolerations: readonly Toleration[];
  readonly priority: number;
  /** UID of the object that manages the pod. */
  readonly controller: string | undefined;
  readonly terminating: boolean;
  readonly needs: readonly PodTerm[];
  readonly avoids: readonly PodTerm[];
  readonly prefers: readonly WeightedTerm[];
  readonly spread: readonly SpreadTerm[];
};

const MEMORY_PRESSURE = 'node.kubernetes.io/memory-pressure';
const must = 'requiredDuringSchedulingIgnoredDuringExecution';
const may = 'preferredDuringSchedulingIgnoredDuringExecution';

/** The facts of a pod whose fields the schema has checked. */
export function factsOf(pod: Pod): PodFacts {
  const { metadata, spec } = pod;
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const term = (given: Parameters<typeof termOf>[0]) => termOf(given, pod);
  return {
    pod,
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    labels: metadata.labels ?? {},
    ...takenBy(pod),
    ports: hostPortsOf(pod),
    tolerations: tolerationsOf(pod),
    priority: spec.priority ?? 0,
    controller: metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid,
    terminating: metadata.deletionTimestamp !== undefined,
    needs: podAffinity?.[must]?.map(term) ?? [],
    avoids: podAntiAffinity?.[must]?.map(term) ?? [],
    prefers: [
      ...(podAffinity?.[may]?.map(({ weight, podAffinityTerm }) => ({ ...term(podAffinityTerm), weight })) ?? []),
      ...(podAntiAffinity?.[may]?.map(({ weight, podAffinityTerm }) => ({
        ...term(podAffinityTerm),
        weight: -weight,
      })) ?? []),
    ],
    spread: spec.topologySpreadConstraints?.map((constraint) => spreadOf(constraint, pod)) ?? [],
  };
}

/** Pods of equal text are equal to the scheduler: where one may go, and how good that is, holds for the other too. */
export function likeness({ pod, requests, scored, ports, controller, namespace, labels }: PodFacts): string {
  const { spec } = pod;
  return JSON.stringify([
    ...[
      spec.schedulerName,
      namespace,
      labels,
      controller,
      spec.nodeName,
      spec.nodeSelector,
      spec.affinity,
      spec.tolerations,
    ],
    ...[spec.topologySpreadConstraints, Array.from(requests), scored.cpu, scored.memory, ports],
    ...[spec.containers.map(({ image }) => image), spec.initContainers?.map(({ image }) => image)],
    qosOf(pod),
  ]);
}

/** A device that is short of memory takes no more pods that have asked for none. */
function tolerationsOf(pod: Pod): readonly Toleration[] {
  const said = pod.spec.tolerations ?? [];
  if (qosOf(pod) === 'BestEffort') return said;
  return [...said, { key: MEMORY_PRESSURE, operator: 'Exists', effect: 'NoSchedule' }];
}

type Affinity = NonNullable<Pod['spec']['affinity']>;
type Term = NonNullable<NonNullable<Affinity['podAffinity']>[typeof must]>[number];
type Constraint = NonNullable<Pod['spec']['topologySpreadConstraints']>[number];

function termOf(term: Term, { metadata }: Pod): PodTerm {
  const { topologyKey, labelSelector, namespaceSelector, namespaces = [], matchLabelKeys, mismatchLabelKeys } = term;
  const own = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    topologyKey,
    selector: selectorOf([
      criterion({
        namespaces: own ? [metadata.namespace ?? ''] : namespaces,
        namespaceSelector,
        labels: completed(labelSelector, metadata.labels, matchLabelKeys, mismatchLabelKeys),
      }),
    ]),
  };
}

function spreadOf(constraint: Constraint, { metadata }: Pod): SpreadTerm {
  const labels = completed(constraint.labelSelector, metadata.labels, constraint.matchLabelKeys);
  return {
    topologyKey: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    hard: constraint.whenUnsatisfiable === 'DoNotSchedule',
    minDomains: constraint.minDomains ?? 1,
    honorAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
    honorTaints: constraint.nodeTaintsPolicy === 'Honor',
    selector: selectorOf([criterion({ namespaces: [metadata.namespace ?? ''], labels, living: true })]),
  };
}

/** The selector with the pod's own values of some labels; labels that the pod does not have add nothing. */
function completed(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> = {},
  match: readonly string[] = [],
  mismatch: readonly string[] = [],
): LabelSelector | undefined {
  if (selector === undefined || match.length + mismatch.length === 0) return selector;
  const requirement = (key: string, operator: 'In' | 'NotIn') =>
    Object.hasOwn(labels, key) ? [{ key, operator, values: [labels[key] ?? ''] }] : [];
  return {
    ...selector,
    matchExpressions: [
      ...(selector.matchExpressions ?? []),
      ...match.flatMap((key) => requirement(key, 'In')),
      ...mismatch.flatMap((key) => requirement(key, 'NotIn')),
    ],
  };
}
