/** A pod's quality-of-service class, which follows from its requests and limits, as Kubernetes defines it. */
import { quantityOf } from '../lib/quantity.ts';
import type { Pod } from './pod.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
const counted = ['cpu', 'memory'] as const;

/** The class of a pod whose quantities the schema has checked. */
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
