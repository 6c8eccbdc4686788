/** Which plugins a scheduler asks, and what each score weighs. */

import { nodePlugins } from './node-plugins.ts';
import type { Arguments, NodePlugin, TopologyPlugin } from './plugin.ts';
import { topologyPlugins } from './topology-plugins.ts';

export type Profile = {
  readonly nodePlugins: readonly NodePlugin[];
  readonly topologyPlugins: readonly TopologyPlugin[];
  /** By the name of the plugin; one that has none here does not score. */
  readonly weights: Readonly<Record<string, number>>;
  readonly args: Arguments;
};

/** The weights are those of Kubernetes today; the health of the device counts as much as its load. */
export const defaultProfile: Profile = {
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
  },
  args: { scoringStrategy: 'LeastAllocated', shape: [], labelPresence: [], labelPreference: [] },
};
