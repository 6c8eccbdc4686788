/** The plugins that judge nodes by where other pods are: spreading pods out, and keeping them near or apart. */

import { isTolerated, isWanted } from './node-plugins.ts';
import type { NodeViews } from './node-views.ts';
import {
  type Arguments,
  type Aspect,
  byRange,
  leastOf,
  mostOf,
  type Prepared,
  type TopologyPlugin,
  type Values,
} from './plugin.ts';
import type { PodFacts, PodTerm, SpreadTerm } from './pod-facts.ts';
import { allOf, chooses, controlledBy, criterion, type PodSelector, selectorOf } from './pod-selector.ts';
import type { Tally } from './tally.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const UNEVEN = "node(s) didn't match pod topology spread constraints";

export const topologyPlugins: readonly TopologyPlugin[] = [
  { name: 'PodTopologySpread', prepare: prepareSpread },
  { name: 'InterPodAffinity', prepare: prepareAffinity },
  { name: 'ServiceAffinity', prepare: prepareServiceAffinity },
];

/** Pods without constraints that a controller manages are spread over hosts and zones as well as may be. */
function prepareSpread(pod: PodFacts, nodes: NodeViews, { defaultConstraints }: Arguments): Prepared | undefined {
  const terms = pod.spread.length > 0 ? pod.spread : defaultSpread(pod, defaultConstraints);
  if (terms.length === 0) return undefined;
  const hard = terms.filter((term) => term.hard);
  const strict = pod.spread.length > 0 || defaultConstraints !== undefined;
  const aspects = terms.map(
    (term): Aspect => ({
      topologyKey: term.topologyKey,
      counts: nodes.hold(term.selector),
      includes: (on) =>
        (!strict || terms.every((one) => one.hard !== term.hard || Object.hasOwn(on.facts.labels, one.topologyKey))) &&
        (!term.honorAffinity || isWanted(pod, on)) &&
        (!term.honorTaints || isTolerated(pod, on)),
    }),
  );
  const self = terms.map(({ selector }) => Number(chooses(selector, pod, () => ({}))));
  return {
    aspects,
    release: () => {
      for (const { selector } of terms) nodes.release(selector);
    },
    ...(hard.length > 0 && {
      filter: (tallies) => {
        const most = terms.map(({ minDomains, maxSkew }, i) => {
          const tally = tallies[i];
          const least = tally === undefined || tally.size < minDomains ? 0 : tally.least;
          return maxSkew + least - (self[i] ?? 0);
        });
        return (values) => {
          for (const [i, term] of terms.entries()) {
            const value = values[i] ?? -1;
            if (!term.hard) continue;
            if (value < 0) return `${UNEVEN} (missing required label)`;
            if (value > (most[i] ?? 0)) return UNEVEN;
          }
          return undefined;
        };
      },
    }),
    ...(hard.length < terms.length && {
      score: (tallies) => {
        const weights = terms.map((_, i) => Math.log((tallies[i]?.size ?? 0) + 2));
        return (values) => {
          let sum = 0;
          for (const [i, { hard: filters, maxSkew }] of terms.entries()) {
            const value = values[i] ?? -1;
            if (filters) continue;
            if (value >= 0) sum += value * (weights[i] ?? 0) + (maxSkew - 1);
            else if (strict) return undefined;
          }
          return Math.round(sum);
        };
      },
      normalise: (raw) => {
        const [lowest, highest] = [leastOf(raw), mostOf(raw)];
        return raw.map((one) => (highest === 0 ? 100 : Math.floor((100 * (highest + lowest - one)) / highest)));
      },
    }),
  };
}

function defaultSpread({ controller }: PodFacts, said: Arguments['defaultConstraints']): readonly SpreadTerm[] {
  if (controller === undefined) return [];
  const selector = controlledBy(controller);
  const common = { selector, hard: false, minDomains: 1, honorAffinity: true, honorTaints: false };
  if (said !== undefined) {
    return said.map(({ topologyKey, maxSkew, whenUnsatisfiable }) => ({
      ...{ ...common, topologyKey, maxSkew },
      hard: whenUnsatisfiable === 'DoNotSchedule',
    }));
  }
  return [
    { ...common, topologyKey: HOSTNAME, maxSkew: 3 },
    { ...common, topologyKey: ZONE, maxSkew: 5 },
  ];
}

function prepareAffinity(pod: PodFacts, nodes: NodeViews, args: Arguments): Prepared | undefined {
  const { needs, avoids, prefers } = pod;
  const held: PodSelector[] = [];
  const aspects: Aspect[] = [];
  const weights: number[] = [];
  const watch = (term: PodTerm, selector: PodSelector, weight = 0): void => {
    held.push(selector);
    aspects.push({ topologyKey: term.topologyKey, counts: nodes.hold(selector) });
    weights.push(weight);
  };
  // A pod must meet all needs at once to count for any of them.
  const company = allOf(needs.map(({ selector }) => selector));
  for (const term of needs) watch(term, company);
  for (const term of avoids) watch(term, term.selector);
  const barred = aspects.length;
  const others = nodes.terms.about(pod);
  for (const { topologyKey, counts } of others.filter(({ kind }) => kind === 'avoids')) {
    aspects.push({ topologyKey, counts });
    weights.push(0);
  }
  const filtering = aspects.length;
  for (const term of prefers) watch(term, term.selector, term.weight);
  for (const { kind, topologyKey, counts, weight } of others) {
    if (kind === 'avoids') continue;
    aspects.push({ topologyKey, counts });
    weights.push(kind === 'needs' ? args.hardPodAffinityWeight : weight);
  }
  if (aspects.length === 0) return undefined;
  const alone = needs.length > 0 && chooses(company, pod, nodes.labelsOf);
  return {
    aspects,
    release: () => {
      for (const selector of held) nodes.release(selector);
    },
    ...(filtering > 0 && {
      filter: (tallies) => {
        // The first of pods that need each other may go anywhere where the keys are.
        const enough = alone && needs.every((_, i) => tallies[i]?.pods === 0) ? 0 : 1;
        return (values) => {
          for (let i = 0; i < needs.length; i++) {
            if ((values[i] ?? -1) < enough) return "node(s) didn't match pod affinity rules";
          }
          for (let i = needs.length; i < filtering; i++) {
            if ((values[i] ?? 0) <= 0) continue;
            return i < barred
              ? "node(s) didn't match pod anti-affinity rules"
              : "node(s) didn't satisfy existing pods anti-affinity rules";
          }
          return undefined;
        };
      },
    }),
    ...(filtering < aspects.length && {
      score: () => (values) => {
        let sum = 0;
        for (let i = filtering; i < values.length; i++) sum += Math.max(0, values[i] ?? 0) * (weights[i] ?? 0);
        return sum;
      },
      normalise: byRange,
    }),
  };
}

/**
 * Pods of one service go to nodes with equal values of some labels: of those that the pod's nodeSelector does not choose
 * itself, the values of the pods that are there. A service is known by the value of a label of its pods.
 */
function prepareServiceAffinity({ namespace, labels, pod }: PodFacts, nodes: NodeViews, args: Arguments) {
  const { serviceAffinity: said } = args;
  const service = said === undefined ? undefined : labels[said.serviceLabel];
  if (said === undefined || service === undefined) return undefined;
  const open = said.labels.filter((label) => pod.spec.nodeSelector?.[label] === undefined);
  if (open.length === 0) return undefined;
  const mates = selectorOf([
    criterion({ namespaces: [namespace], labels: { matchLabels: { [said.serviceLabel]: service } }, living: true }),
  ]);
  return {
    aspects: open.map((topologyKey): Aspect => ({ topologyKey, counts: nodes.hold(mates) })),
    release: () => {
      for (const _ of open) nodes.release(mates);
    },
    filter: (tallies: readonly Tally[]) => (values: Values) =>
      open.every((_, i) => tallies[i]?.pods === 0 || (values[i] ?? -1) > 0)
        ? undefined
        : "node(s) didn't match service affinity",
  };
}
