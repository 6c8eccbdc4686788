/** A sweep's parts in one row: the node, then the parts of the system, then pods. */

import type { NodeUsage, PodUsage, Sweep, SystemUsage } from './sweep.ts';

export type Row = { readonly node: NodeUsage } | { readonly system: SystemUsage } | { readonly pod: PodUsage };
/** `usage` is what the row holds. */
type KeyedRow = { readonly key: string; readonly row: Row; readonly usage: object };

export function rows({ node, system, pods }: Sweep): readonly KeyedRow[] {
  return [
    { key: 'node', row: { node }, usage: node },
    ...system.map((part) => ({ key: `system ${part.name}`, row: { system: part }, usage: part })),
    ...pods.map((pod) => ({ key: `pod ${pod.pod.uid}`, row: { pod }, usage: pod })),
  ];
}

export function sweepOf({ at, wall }: Pick<Sweep, 'at' | 'wall'>, all: readonly Row[]): Sweep {
  const [node] = all.flatMap((row) => ('node' in row ? row.node : []));
  if (node === undefined) throw new Error('a sample without a node');
  return {
    ...{ at, wall, node },
    pods: all.flatMap((row) => ('pod' in row ? row.pod : [])),
    system: all.flatMap((row) => ('system' in row ? row.system : [])),
  };
}
