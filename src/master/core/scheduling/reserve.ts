/** Whether a node has room for a pod that somebody else has chosen it for: capacity only, not where it would better go. */

import { nodePlugins } from './node-plugins.ts';
import type { NodeViews } from './node-views.ts';
import type { PodFacts } from './pod-facts.ts';
import { defaultProfile } from './profile.ts';

const capacity = nodePlugins.filter(({ name }) => name === 'NodeResourcesFit' || name === 'NodePorts');

/** Why the pod would take more than the node has; undefined when it would not, and of a node that is not there (yet). */
export function overcommits(pod: PodFacts, node: string, nodes: NodeViews): string | undefined {
  const on = nodes.get(node);
  // One that is counted there already takes nothing more.
  if (on === undefined || on.pods.has(pod.uid)) return undefined;
  const lacks = capacity.flatMap(({ filter }) => filter?.(pod, on, defaultProfile.args) ?? []);
  return lacks.length === 0 ? undefined : `node ${node} has no room for it: ${lacks.join(', ')}`;
}
