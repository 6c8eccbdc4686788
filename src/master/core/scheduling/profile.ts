/** Which plugins a scheduler asks, what each score weighs, and what they are told. */

import type { ProfileSettings } from '../../../common/model/config/scheduler-settings.ts';
import { nodePlugins } from './node-plugins.ts';
import type { Arguments, NodePlugin, TopologyPlugin } from './plugin.ts';
import { topologyPlugins } from './topology-plugins.ts';

export type Profile = {
  /** What pods call it in their `schedulerName`. */
  readonly name: string;
  readonly nodePlugins: readonly NodePlugin[];
  readonly topologyPlugins: readonly TopologyPlugin[];
  /** By the name of the plugin; one that has none here does not score. */
  readonly weights: Readonly<Record<string, number>>;
  readonly args: Arguments;
};

/** The weights are those of Kubernetes today; the health of the device counts as much as its load. */
export const defaultProfile: Profile = {
  name: 'default-scheduler',
  nodePlugins,
  topologyPlugins,
  weights: {
    TaintToleration: 3,
    NodeAffinity: 2,
    PodTopologySpread: 2,
    InterPodAffinity: 2,
    NodeResourcesFit: 1,
    NodeResourcesBalancedAllocation: 1,
    ImageLocality: 1,
    DeviceHealth: 1,
    NodeLabel: 1,
  },
  args: {
    scoringStrategy: 'LeastAllocated',
    shape: [],
    resources: [
      { name: 'cpu', weight: 1 },
      { name: 'memory', weight: 1 },
    ],
    labelPresence: [],
    labelPreference: [],
    hardPodAffinityWeight: 1,
  },
};

/** All that the scheduler is told. */
export type SchedulerConfig = {
  /** By the names that pods call them by. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Schedulers that run elsewhere: their pods are left to them. */
  readonly external: ReadonlySet<string>;
  /** Decides between equally good nodes; undefined: chance. */
  readonly seed: number | undefined;
};

/** The default profile, and nothing else. */
export const defaultConfig: SchedulerConfig = {
  profiles: new Map([[defaultProfile.name, defaultProfile]]),
  external: new Set(),
  seed: undefined,
};

type PointSettings = NonNullable<ProfileSettings['plugins']['filter']>;

/** The profiles by the names that pods call them by; the default one is there whatever is said of others. */
export function profilesOf(settings: readonly ProfileSettings[]): ReadonlyMap<string, Profile> {
  const said = settings.map(profileOf);
  return new Map([defaultProfile, ...said].map((profile) => [profile.name, profile]));
}

function profileOf({ schedulerName, plugins, pluginConfig }: ProfileSettings): Profile {
  const { filter, score, multiPoint } = plugins;
  const filters = (name: string): boolean => isEnabled(name, filter, multiPoint);
  const weights = Object.entries(defaultProfile.weights).flatMap(([name, usual]) => {
    if (!isEnabled(name, score, multiPoint)) return [];
    const weight = weightIn(score, name) ?? weightIn(multiPoint, name) ?? usual;
    return [[name, weight] as const];
  });
  return {
    name: schedulerName,
    nodePlugins: nodePlugins.map((plugin) => (filters(plugin.name) ? plugin : withoutFilter(plugin))),
    topologyPlugins: topologyPlugins.map((plugin) => (filters(plugin.name) ? plugin : onlyScoring(plugin))),
    weights: Object.fromEntries(weights),
    args: argumentsOf(pluginConfig),
  };
}

/** What one point says counts before what is said of all. */
function isEnabled(name: string, ...points: readonly (PointSettings | undefined)[]): boolean {
  for (const point of points) {
    if (point?.enabled.some((one) => one.name === name)) return true;
    if (point?.disabled.some((one) => one.name === name || one.name === '*')) return false;
  }
  return true;
}

function weightIn(point: PointSettings | undefined, name: string): number | undefined {
  return point?.enabled.find((one) => one.name === name)?.weight;
}

function withoutFilter({ filter: _, ...plugin }: NodePlugin): NodePlugin {
  return plugin;
}

function onlyScoring({ name, prepare }: TopologyPlugin): TopologyPlugin {
  return {
    name,
    prepare: (pod, nodes, args) => {
      const prepared = prepare(pod, nodes, args);
      if (prepared === undefined) return undefined;
      const { filter: _, ...scoring } = prepared;
      return scoring;
    },
  };
}

function argumentsOf(config: ProfileSettings['pluginConfig']): Arguments {
  let args = defaultProfile.args;
  for (const one of config) args = { ...args, ...told(one) };
  return args;
}

function told(one: ProfileSettings['pluginConfig'][number]): Partial<Arguments> {
  switch (one.name) {
    case 'NodeResourcesFit': {
      const { type, resources, requestedToCapacityRatio } = one.args.scoringStrategy;
      const shape = requestedToCapacityRatio?.shape ?? [];
      return { scoringStrategy: type, shape, ...(resources === undefined ? {} : { resources }) };
    }
    case 'PodTopologySpread':
      return { defaultConstraints: one.args.defaultingType === 'List' ? one.args.defaultConstraints : undefined };
    case 'InterPodAffinity':
      return { hardPodAffinityWeight: one.args.hardPodAffinityWeight };
    case 'NodeLabel':
      return {
        labelPresence: [
          { labels: one.args.presentLabels, presence: true },
          { labels: one.args.absentLabels, presence: false },
        ],
        labelPreference: [
          ...one.args.presentLabelsPreference.map((label) => ({ label, presence: true })),
          ...one.args.absentLabelsPreference.map((label) => ({ label, presence: false })),
        ],
      };
    case 'ServiceAffinity':
      return { serviceAffinity: { labels: one.args.affinityLabels, serviceLabel: one.args.serviceLabel } };
  }
}
