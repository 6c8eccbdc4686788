/** Which nodes can be asked. */

import type { KubeObject } from '../../common/model/meta.ts';
import type { Node } from '../../common/model/node.ts';

/** Names of the nodes that are heard of: of those that are Unknown nobody expects an answer. */
export function aliveNodes(nodes: readonly KubeObject[]): ReadonlySet<string> {
  const alive = nodes.filter((node) => {
    const ready = (node as Node).status?.conditions?.find(({ type }) => type === 'Ready');
    return ready !== undefined && ready.status !== 'Unknown';
  });
  return new Set(alive.map(({ metadata }) => metadata.name));
}
