/** The OOM score that follows from a pod's quality-of-service class, as Kubernetes defines it. */

import { toBytes } from '../../../common/lib/quantity.ts';
import type { Container } from '../../../common/model/container.ts';
import type { QosClass } from '../../../common/model/qos.ts';

/** -997 Guaranteed, 1000 BestEffort, between them less the more of the node's memory is requested. */
export function oomScoreAdj(qos: QosClass, container: Container, nodeMemoryBytes: number): number {
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = container.resources.requests?.['memory'] ?? container.resources.limits?.['memory'] ?? '0';
  const score = 1000 - Math.floor((1000 * toBytes(request)) / Math.max(1, nodeMemoryBytes));
  return Math.min(999, Math.max(2, score));
}
