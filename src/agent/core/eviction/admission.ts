/** Which pods a node under pressure does not begin, as the kubelet's eviction manager admits them. */

import type { Pod } from '../../../common/model/pod.ts';
import { qosOf } from '../../../common/model/qos.ts';
import { tolerates } from '../../../common/model/tolerates.ts';
import { isCritical } from './pod-load.ts';
import type { PressureType } from './seen.ts';

/** Why the pod may not begin; undefined where it may. */
export function pressureRefusal(pod: Pod, pressure: readonly PressureType[]): string | undefined {
  if (pressure.length === 0 || isCritical(pod)) return undefined;
  const memoryOnly = pressure.every((type) => type === 'MemoryPressure');
  if (memoryOnly && (qosOf(pod) !== 'BestEffort' || toleratesMemory(pod))) return undefined;
  return `The node had condition: [${pressure.join(' ')}]. `;
}

const taint = { key: 'node.kubernetes.io/memory-pressure', value: '', effect: 'NoSchedule' } as const;
const toleratesMemory = ({ spec }: Pod) => tolerates(spec.tolerations ?? [], taint);
