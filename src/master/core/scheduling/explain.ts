/**
 * Why a pod goes where it goes: each node is asked everything, plainly, without the memories that make decisions fast.
 * The filters of a decision stop at the first that has reasons; here all speak.
 */

import type { NodeVerdict } from '../../../common/model/scheduling-explanation.ts';
import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';
import type { Aspect, Normalise, Prepared, Values } from './plugin.ts';
import type { PodFacts } from './pod-facts.ts';
import type { Profile } from './profile.ts';
import { Tally } from './tally.ts';

/** A plugin's word on each node. */
type Asked = {
  readonly plugin: string;
  readonly filter?: (on: NodeView) => readonly string[];
  readonly score?: (on: NodeView) => number | undefined;
  readonly normalise?: Normalise | undefined;
};

/** What the profile makes of every node for the pod, which must not be counted on any of them. */
export function verdictsOn(pod: PodFacts, nodes: NodeViews, profile: Profile): readonly NodeVerdict[] {
  const views = Array.from({ length: nodes.slots }, (_, slot) => nodes.at(slot)).filter((view) => view !== undefined);
  const prepared = profile.topologyPlugins.flatMap(({ name, prepare }) => {
    const one = prepare(pod, nodes, profile.args);
    return one === undefined ? [] : [{ name, one }];
  });
  try {
    const asked = [
      ...nodePluginsOf(pod, nodes, profile),
      ...prepared.map(({ name, one }) => topologyPlugin(name, one, views)),
    ];
    return judge(views, asked, profile.weights);
  } finally {
    for (const { one } of prepared) one.release();
  }
}

function judge(
  views: readonly NodeView[],
  asked: readonly Asked[],
  weights: Profile['weights'],
): readonly NodeVerdict[] {
  const filtered = views.map((view) => {
    const filters = asked.flatMap(({ plugin, filter }) =>
      filter === undefined ? [] : [{ plugin, reasons: [...filter(view)] }],
    );
    return { view, filters, fits: filters.every(({ reasons }) => reasons.length === 0) };
  });
  const open = filtered.filter(({ fits }) => fits).map(({ view }) => view);
  const scores = new Map(open.map((view) => [view, [] as NodeVerdict['scores']]));
  for (const { plugin, score, normalise } of asked) {
    const weight = weights[plugin] ?? 0;
    if (score === undefined || weight === 0) continue;
    const raw = open.map(score);
    const known = raw.filter((one) => one !== undefined);
    const normal = normalise === undefined ? known : normalise(known);
    let next = 0;
    for (const [i, view] of open.entries()) {
      const own = raw[i];
      const normalised = own === undefined ? 0 : (normal[next++] ?? 0);
      scores.get(view)?.push({ plugin, ...(own === undefined ? {} : { raw: own }), normalised, weight });
    }
  }
  return filtered.map(({ view, filters, fits }) => {
    const own = scores.get(view) ?? [];
    const total = own.reduce((sum, { normalised, weight }) => sum + normalised * weight, 0);
    return { node: view.facts.name, fits, filters, scores: own, total };
  });
}

function nodePluginsOf(pod: PodFacts, nodes: NodeViews, { nodePlugins, args }: Profile): readonly Asked[] {
  return nodePlugins.map(({ name, filter, score, scores, normalise }) => ({
    plugin: name,
    normalise,
    ...(filter && { filter: (on: NodeView) => filter(pod, on, args) }),
    ...(score && scores?.(pod, args) !== false && { score: (on: NodeView) => score(pod, on, args, nodes.images) }),
  }));
}

function topologyPlugin(plugin: string, prepared: Prepared, views: readonly NodeView[]): Asked {
  const counted = prepared.aspects.map((aspect) => countedBy(aspect, views));
  const tallies = counted.map(({ tally }) => tally);
  const valuesOf = ({ slot }: NodeView): Values => counted.map(({ domains, tally }) => valueIn(tally, domains[slot]));
  const [filter, score] = [prepared.filter?.(tallies), prepared.score?.(tallies)];
  return {
    plugin,
    normalise: prepared.normalise,
    ...(filter && {
      filter: (on: NodeView) => {
        const reason = filter(valuesOf(on));
        return reason === undefined ? [] : [reason];
      },
    }),
    ...(score && { score: (on: NodeView) => score(valuesOf(on)) }),
  };
}

const valueIn = (tally: Tally, domain: number | undefined): number => (domain === undefined ? -1 : tally.in(domain));

/** The domain of each node that counts, by its slot, and the pods in each domain. */
function countedBy({ topologyKey, counts, includes }: Aspect, views: readonly NodeView[]) {
  const tally = new Tally();
  const known = new Map<string, number>();
  const domains: number[] = [];
  for (const view of views) {
    const { labels } = view.facts;
    const value = Object.hasOwn(labels, topologyKey) ? labels[topologyKey] : undefined;
    if (value === undefined || includes?.(view) === false) continue;
    const domain = known.get(value) ?? known.size;
    known.set(value, domain);
    domains[view.slot] = domain;
    tally.move(domain, 1, counts.at(view.slot));
  }
  return { tally, domains };
}
