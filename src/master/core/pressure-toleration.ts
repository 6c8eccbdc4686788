/**
 * Pods that ask for memory put up with a node that is short of it: as Kubernetes' admission (PodTolerationRestriction) does for
 * all that are not BestEffort.
 */

import { deepEqual } from '../../common/lib/deep.ts';
import { pressureTaints } from '../../common/model/node-conditions.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { Toleration } from '../../common/model/pod-spec.ts';
import { qosOf } from '../../common/model/qos.ts';
import { mirrorOf } from '../../common/model/static-pods.ts';

const toleration: Toleration = {
  key: pressureTaints['MemoryPressure'] ?? '',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** A new pod with the toleration; a mirror shows what its device runs. */
export function withPressureToleration(pod: Pod): Pod {
  return qosOf(pod) === 'BestEffort' || mirrorOf(pod) !== undefined ? pod : added(pod);
}

/** The next version of a pod with the toleration that it was given: who applies a manifest does not say it. */
export function withStoredToleration(next: Pod, stored: Pod): Pod {
  return has(stored) ? added(next) : next;
}

function added(pod: Pod): Pod {
  if (has(pod)) return pod;
  return { ...pod, spec: { ...pod.spec, tolerations: [...(pod.spec.tolerations ?? []), toleration] } };
}

const has = ({ spec }: Pod): boolean => spec.tolerations?.some((one) => deepEqual(one, toleration)) ?? false;
