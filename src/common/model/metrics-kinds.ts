/** The kinds of metrics.k8s.io/v1beta1: made when they are asked for and never stored, so they are not in the table of kinds. */

import * as z from 'zod';
import { object, text, time } from './fields.ts';
import type { Column, Kind } from './kind.ts';
import { type KubeObject, objectMetaSchema, typeMeta } from './meta.ts';
import { notDns1123Subdomain } from './names.ts';
import { resourceMap } from './quantity-field.ts';

const apiVersion = 'metrics.k8s.io/v1beta1';
const usage = resourceMap('CPU as a rate, and memory as the working set.');
const moment = {
  timestamp: time('When it was measured.'),
  window: text('How long the CPU is averaged over, such as 10s.'),
};

const nodeMetricsSchema = object('NodeMetrics', 'What a node uses.', {
  ...typeMeta(apiVersion, 'NodeMetrics'),
  metadata: objectMetaSchema,
  ...moment,
  usage,
});
const podMetricsSchema = object('PodMetrics', 'What the containers of a pod use.', {
  ...typeMeta(apiVersion, 'PodMetrics'),
  metadata: objectMetaSchema,
  ...moment,
  containers: z.array(object('ContainerMetrics', 'What a container uses.', { name: text('Its name.'), usage })),
});
type NodeMetrics = z.infer<typeof nodeMetricsSchema>;
type PodMetrics = z.infer<typeof podMetricsSchema>;

const sumOf = (cell: (usage: NodeMetrics['usage']) => number, { containers }: PodMetrics): number =>
  containers.reduce((sum, container) => sum + cell(container.usage), 0);
const cpuCell = ({ cpu = '0' }: NodeMetrics['usage']): number => Math.ceil(Number.parseInt(cpu, 10) / 1e6);
const memoryCell = ({ memory = '0' }: NodeMetrics['usage']): number => Number.parseInt(memory, 10);

function columnsOf<T extends KubeObject>(
  cpu: (object: T) => number,
  memory: (object: T) => number,
  window: (object: T) => string,
): readonly Column<T>[] {
  return [
    { name: 'NAME', value: ({ metadata }) => metadata.name },
    { name: 'CPU', value: (object) => `${cpu(object)}m` },
    { name: 'MEMORY', value: (object) => `${memory(object)}Ki` },
    { name: 'WINDOW', value: window },
  ];
}
const common = { apiVersion, shortNames: [], hasStatus: false, notName: notDns1123Subdomain } as const;

const nodeMetrics: Kind<NodeMetrics> = {
  ...common,
  kind: 'NodeMetrics',
  plural: 'nodemetrics',
  singular: 'nodemetrics',
  namespaced: false,
  schema: nodeMetricsSchema,
  columns: columnsOf(
    ({ usage: used }) => cpuCell(used),
    ({ usage: used }) => memoryCell(used),
    ({ window }) => window,
  ),
};
const podMetrics: Kind<PodMetrics> = {
  ...common,
  kind: 'PodMetrics',
  plural: 'podmetrics',
  singular: 'podmetrics',
  namespaced: true,
  schema: podMetricsSchema,
  columns: columnsOf(
    (object) => sumOf(cpuCell, object),
    (object) => sumOf(memoryCell, object),
    ({ window }) => window,
  ),
};

export const metricsKinds = { nodeMetrics: nodeMetrics as Kind, podMetrics: podMetrics as Kind } as const;

/** How Kubernetes names the resources: in refusals, and where people write them. */
export const metricsResources = { nodeMetrics: 'nodes.metrics.k8s.io', podMetrics: 'pods.metrics.k8s.io' } as const;

/** The kind that a word means, in a subject (where a dot is `_`) or from a person. */
export function metricsKindFor(word: string): Kind | undefined {
  const name = word
    .toLowerCase()
    .replaceAll('_', '.')
    .replace(/^(node|pod)\./, '$1s.');
  for (const key of ['nodeMetrics', 'podMetrics'] as const) {
    const kind = metricsKinds[key];
    if ([kind.plural, `${kind.plural}.metrics.k8s.io`, metricsResources[key]].includes(name)) return kind;
  }
  return undefined;
}
