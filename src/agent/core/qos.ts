/** A pod's quality-of-service class and the OOM score that follows from it, as Kubernetes defines them. */

import { quantityOf, toBytes } from '../../common/lib/quantity.ts';
import type { Container } from '../../common/model/container.ts';
import type { Pod } from '../../common/model/pod.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
const counted = ['cpu', 'memory'] as const;

export function qosOf({ spec }: Pod): QosClass {
  const all = [...(spec.initContainers ?? []), ...spec.containers].map(({ resources }) => resources);
  const some = all.some((r) => counted.some((name) => positive(r.requests?.[name]) || positive(r.limits?.[name])));
  if (!some) return 'BestEffort';
  const full = all.every(({ limits, requests }) =>
    counted.every((name) => {
      const limit = limits?.[name];
      const request = requests?.[name] ?? limit;
      if (!positive(limit) || limit === undefined || request === undefined) return false;
      return quantityOf(limit).nanos === quantityOf(request).nanos;
    }),
  );
  return full ? 'Guaranteed' : 'Burstable';
}

const positive = (text: string | undefined) => text !== undefined && quantityOf(text).nanos > 0n;

/** -997 Guaranteed, 1000 BestEffort, between them less the more of the node's memory is requested. */
export function oomScoreAdj(qos: QosClass, container: Container, nodeMemoryBytes: number): number {
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = container.resources.requests?.['memory'] ?? container.resources.limits?.['memory'] ?? '0';
  const score = 1000 - Math.floor((1000 * toBytes(request)) / Math.max(1, nodeMemoryBytes));
  return Math.min(999, Math.max(2, score));
}
