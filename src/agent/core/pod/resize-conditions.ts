/** The conditions of a pod whose containers do not run with the resources of their spec yet (KEP-1287). */

import type { Pod } from '../../../common/model/pod.ts';
import type { Finding } from './conditions.ts';
import { allContainersOf } from './containers.ts';
import type { PodMemory } from './pod-memory.ts';
import { resizeSlot } from './pod-memory.ts';
import { resizeOf } from './resize.ts';

export function resizeFindings(pod: Pod, memory: PodMemory): readonly Finding[] {
  const resizing = allContainersOf(pod).filter((spec) => resizeOf(spec, memory.runs[spec.name]) !== 'none');
  if (resizing.length === 0) return [];
  const failure = resizing.map(({ name }) => memory.failures[resizeSlot(name)]).find((one) => one !== undefined);
  const why = failure === undefined ? {} : { reason: failure.reason, message: failure.message };
  return [{ type: 'PodResizeInProgress', status: 'True', ...why }];
}
