/** Which pods a ReplicaSet lets go first, in Kubernetes' order. */

import { fromTimestamp } from '../../common/lib/time.ts';
import type { Pod } from '../../common/model/pod.ts';
import { isReady, readySince } from './pod-state.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const phases = ['Pending', 'Unknown', 'Running'];

/** Numbers that decide one after the other; the pod with the smaller one goes first. */
function ranks(pod: Pod): readonly number[] {
  const phase = pod.status?.phase ?? 'Pending';
  const restarts = Math.max(0, ...(pod.status?.containerStatuses ?? []).map((one) => one.restartCount));
  return [
    pod.spec.nodeName === undefined ? 0 : 1,
    phases.indexOf(phase),
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.[DELETION_COST] ?? 0) || 0,
    -(readySince(pod) ?? 0),
    -restarts,
    -(fromTimestamp(pod.metadata.creationTimestamp ?? '') ?? 0),
  ];
}

/**
 * The pods, those to be deleted first in front: not bound before bound, pending before running, not ready before
 * ready, cheaper before dearer (pod-deletion-cost), ready for a shorter time, restarted more often, younger; then by
 * name, so that the same pods are chosen again.
 */
export function deletionOrder(pods: readonly Pod[]): readonly Pod[] {
  return pods
    .map((pod) => ({ pod, ranks: ranks(pod) }))
    .sort((a, b) => {
      const decisive = a.ranks.findIndex((rank, i) => rank !== b.ranks[i]);
      if (decisive >= 0) return (a.ranks[decisive] ?? 0) - (b.ranks[decisive] ?? 0);
      return a.pod.metadata.name < b.pod.metadata.name ? -1 : 1;
    })
    .map(({ pod }) => pod);
}
