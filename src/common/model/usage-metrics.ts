/** The latest figures as metrics-server shows them: NodeMetrics and PodMetrics of metrics.k8s.io/v1beta1. Pure. */

import { toTimestamp } from '../lib/time.ts';
import type { KubeObject } from './meta.ts';
import type { GroupSample, PodSample, UsageSample } from './usage-sample.ts';

const apiVersion = 'metrics.k8s.io/v1beta1';
type Labels = Readonly<Record<string, string>> | undefined;
type Usage = { readonly cpu: string; readonly memory: string };

/** Undefined without a rate: metrics-server too shows a node or a container only when it has been measured twice. */
export function nodeMetricsOf(node: string, labels: Labels, sample: UsageSample): KubeObject | undefined {
  const usage = usageOf(sample.node);
  if (usage === undefined) return undefined;
  const creationTimestamp = toTimestamp(sample.wall);
  const metadata = { name: node, creationTimestamp, ...(labels && { labels: { ...labels } }) };
  return { apiVersion, kind: 'NodeMetrics', metadata, ...moment(sample), usage };
}

/** Undefined unless all of its containers have been measured twice. */
export function podMetricsOf(
  { pod, containers }: PodSample,
  labels: Labels,
  sample: UsageSample,
): KubeObject | undefined {
  const measured = containers.flatMap((container) => {
    const usage = usageOf(container);
    return usage === undefined ? [] : [{ name: container.name, usage }];
  });
  if (measured.length === 0 || measured.length < containers.length) return undefined;
  const { name, namespace } = pod;
  const creationTimestamp = toTimestamp(sample.wall);
  const metadata = { name, namespace, creationTimestamp, ...(labels && { labels: { ...labels } }) };
  return { apiVersion, kind: 'PodMetrics', metadata, ...moment(sample), containers: measured };
}

function moment({ wall, window = 0 }: UsageSample): { readonly timestamp: string; readonly window: string } {
  return { timestamp: toTimestamp(wall), window: `${(window / 1000).toFixed(3).replace(/\.?0+$/, '')}s` };
}

function usageOf({ cpu, memory }: GroupSample): Usage | undefined {
  if (cpu?.nanoCores === undefined || memory === undefined) return undefined;
  return { cpu: `${Math.round(cpu.nanoCores)}n`, memory: `${Math.ceil(memory.workingSetBytes / 1024)}Ki` };
}
