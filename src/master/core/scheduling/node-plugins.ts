/** The plugins that judge a node by itself: a table of filters and scores, with Kubernetes' names and words. */

import { clash } from '../../../common/model/host-ports.ts';
import { healthConditions } from '../../../common/model/node-conditions.ts';
import { matchesTerm, matchesTerms } from '../../../common/model/node-selector.ts';
import { tolerates } from '../../../common/model/tolerates.ts';
import { isTrue } from '../conditions.ts';
import type { NodeView } from './node-view.ts';
import { byHighest, byLowest, type NodePlugin } from './plugin.ts';
import type { PodFacts } from './pod-facts.ts';
import { balanceScore, fitScore } from './resource-scores.ts';

const NONE: readonly string[] = [];
/** Kubernetes' own default for a node that does not say how many pods it takes. */
const MAX_PODS = 110;
const MEGABYTE = 1024 * 1024;
/** Conditions that make a device a worse choice, though it works. */
const AILMENTS = [...healthConditions, 'Degraded', 'LinkDegraded'];

/** In this order; the first filter that has reasons speaks, the others are not asked. */
export const nodePlugins: readonly NodePlugin[] = [
  {
    name: 'NodeUnschedulable',
    fixed: true,
    asks: ({ tolerations }) => tolerations,
    filter: ({ tolerations }, { facts }) => {
      if (!facts.unschedulable) return NONE;
      const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' as const };
      return tolerates(tolerations, taint) ? NONE : ['node(s) were unschedulable'];
    },
  },
  {
    name: 'NodeName',
    fixed: true,
    asks: ({ pod }) => pod.spec.nodeName,
    filter: ({ pod }, { facts }) =>
      pod.spec.nodeName === undefined || pod.spec.nodeName === facts.name
        ? NONE
        : ["node(s) didn't match the requested node name"],
  },
  {
    name: 'TaintToleration',
    fixed: true,
    asks: ({ tolerations }) => tolerations,
    filter: (pod, on) => {
      const taint = on.facts.taints.find(
        (one) => one.effect !== 'PreferNoSchedule' && !tolerates(pod.tolerations, one),
      );
      return taint === undefined ? NONE : [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
    },
    score: ({ tolerations }, { facts }) =>
      facts.taints.filter((one) => one.effect === 'PreferNoSchedule' && !tolerates(tolerations, one)).length,
    normalise: byLowest,
  },
  {
    name: 'NodeAffinity',
    fixed: true,
    asks: ({ pod: { spec } }) => [spec.nodeSelector, spec.affinity?.nodeAffinity],
    filter: (pod, on) => (isWanted(pod, on) ? NONE : ["node(s) didn't match Pod's node affinity/selector"]),
    scores: ({ pod }) => (preferences(pod)?.length ?? 0) > 0,
    score: ({ pod }, { facts }) =>
      (preferences(pod) ?? []).reduce(
        (sum, { weight, preference }) => sum + (matchesTerm(preference, facts.name, facts.labels) ? weight : 0),
        0,
      ),
    normalise: byHighest,
  },
  {
    name: 'NodeLabel',
    fixed: true,
    asks: () => undefined,
    filter: (_, { facts }, { labelPresence }) =>
      labelPresence.every(({ labels, presence }) =>
        labels.every((name) => Object.hasOwn(facts.labels, name) === presence),
      )
        ? NONE
        : ["node(s) didn't have the requested labels"],
    scores: (_, { labelPreference }) => labelPreference.length > 0,
    score: (_, { facts }, { labelPreference }) => {
      const held = labelPreference.filter(({ label, presence }) => Object.hasOwn(facts.labels, label) === presence);
      return Math.floor((held.length * 100) / labelPreference.length);
    },
  },
  {
    name: 'NodePorts',
    fixed: false,
    asks: ({ ports }) => ports,
    filter: ({ ports }, on) =>
      ports.length > 0 && ports.some((port) => on.ports.some((other) => clash(port, other)))
        ? ["node(s) didn't have free ports for the requested pod ports"]
        : NONE,
  },
  {
    name: 'NodeResourcesFit',
    fixed: false,
    asks: ({ requests, scored }) => [Array.from(requests), scored],
    filter: lacking,
    score: fitScore,
  },
  {
    name: 'NodeResourcesBalancedAllocation',
    fixed: false,
    asks: ({ requests }) => Array.from(requests),
    scores: ({ requests }) => requests.has('cpu') || requests.has('memory'),
    score: balanceScore,
  },
  {
    name: 'ImageLocality',
    fixed: true,
    asks: ({ pod: { spec } }, spread) => {
      const names = imagesOf(spec).map(fullName);
      return names.some((name) => spread.share(name) > 0) ? names : undefined;
    },
    score: ({ pod: { spec } }, { facts }, _, spread) => {
      if (facts.images.size === 0) return 0;
      const images = imagesOf(spec);
      const there = images.reduce((sum, image) => {
        const name = fullName(image);
        return sum + (facts.images.get(name) ?? 0) * spread.share(name);
      }, 0);
      const [least, most] = [23 * MEGABYTE, 1000 * MEGABYTE * images.length];
      return Math.floor((100 * (Math.min(most, Math.max(least, there)) - least)) / (most - least));
    },
  },
  {
    name: 'DeviceHealth',
    fixed: true,
    asks: () => undefined,
    // Each halves it.
    score: (_, { facts }) => Math.floor(100 / 2 ** AILMENTS.filter((type) => isTrue(facts.conditions, type)).length),
  },
];

/** Whether the node is what the pod's nodeSelector and required node affinity ask for. */
export function isWanted({ pod: { spec } }: PodFacts, { facts: { name, labels } }: NodeView): boolean {
  for (const key in spec.nodeSelector) if (labels[key] !== spec.nodeSelector[key]) return false;
  const wanted = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return wanted === undefined || matchesTerms(wanted.nodeSelectorTerms, name, labels);
}

/** Whether no taint of the node keeps the pod away. */
export function isTolerated({ tolerations }: PodFacts, { facts }: NodeView): boolean {
  return facts.taints.every((one) => one.effect === 'PreferNoSchedule' || tolerates(tolerations, one));
}

function preferences({ spec }: PodFacts['pod']) {
  return spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
}

function lacking({ requests }: PodFacts, on: NodeView): readonly string[] {
  const { allocatable } = on.facts;
  let reasons = NONE;
  if (on.pods.size + 1 > (allocatable.get('pods') ?? MAX_PODS)) reasons = ['Too many pods'];
  for (const [name, amount] of requests) {
    if (amount > 0 && (on.used.get(name) ?? 0) + amount > (allocatable.get(name) ?? 0)) {
      reasons = [...reasons, `Insufficient ${name}`];
    }
  }
  return reasons;
}

function imagesOf({ containers, initContainers = [] }: PodFacts['pod']['spec']): readonly string[] {
  return [...containers, ...initContainers].map(({ image }) => image);
}

/** As runtimes name images: with a tag or digest. */
function fullName(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? image : `${image}:latest`;
}
