/** What of the cluster's pods must run on simulated devices. */

import type { Pod } from '../common/model/pod.ts';
import type { Wanted } from './core/audit.ts';

const SIMULATED = /^sim-\d+$/;

/** Pods that are bound to a simulated device and neither finished nor being deleted. */
export function wantedOf(pods: readonly Pod[]): readonly Wanted[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    const { nodeName = '', containers } = spec;
    const finished = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    if (!SIMULATED.test(nodeName) || finished || metadata.deletionTimestamp !== undefined) return [];
    return [{ uid: metadata.uid ?? '', node: nodeName, containers: containers.length }];
  });
}
