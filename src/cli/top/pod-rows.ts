/** The pods of `top`, with what each uses. */

import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import { podMetricsOf } from '../../common/model/usage-metrics.ts';
import type { PodSample, UsageSample } from '../../common/model/usage-sample.ts';
import { type Samples, sampleIn } from './find.ts';
import type { PodRow } from './rows.ts';

/** A pod that the master knows. */
export function rowOf(pod: Pod, samples: Samples): PodRow {
  const { namespace = '', name, uid } = pod.metadata;
  const { nodeName = '' } = pod.spec;
  const there = (sampleIn(samples, nodeName)?.pods ?? []).filter(
    ({ pod: found }) => found.namespace === namespace && found.name === name,
  );
  // A mirror of a static pod has another uid than that pod.
  const usage = there.find((found) => found.pod.uid === uid) ?? there.at(-1);
  return { namespace, name, nodeName: nodeName || '<none>', usage, pod };
}

/** All pods that a device measures, by namespace and name. */
export function rowsOn(node: string, sample: UsageSample | undefined): readonly PodRow[] {
  const order = ({ pod }: PodSample): string => `${pod.namespace}/${pod.name}`;
  return (sample?.pods ?? [])
    .toSorted((a, b) => Number(order(a) > order(b)) - Number(order(a) < order(b)))
    .map((usage) => ({ namespace: usage.pod.namespace, name: usage.pod.name, nodeName: node, usage }));
}

/** What runs nowhere uses nothing: it is shown only when it was asked for by its name. */
export function shown(rows: readonly PodRow[], named: boolean): readonly PodRow[] {
  return rows.filter(({ usage, pod }) => named || usage !== undefined || pod?.status?.phase === 'Running');
}

/** PodMetrics of a row; none where it has not been measured twice. */
export function metricsOf({ usage, pod }: PodRow, sample: UsageSample | undefined): readonly KubeObject[] {
  if (usage === undefined || sample === undefined) return [];
  const object = podMetricsOf(usage, pod?.metadata.labels, sample);
  return object === undefined ? [] : [object];
}
