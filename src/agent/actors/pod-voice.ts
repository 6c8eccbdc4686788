/** What a worker says of its pod: its status, when it is another than before; its end; and what happened to it. */

import type { Millis } from '../../common/actor/types.ts';
import { deepEqual } from '../../common/lib/deep.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { PodStatus } from '../../common/model/pod-status.ts';
import type { ObservedPod } from '../core/observed-pod.ts';
import type { PodMemory } from '../core/pod-memory.ts';
import type { PodName } from '../core/runtime-model.ts';
import { podStatus } from '../core/status.ts';
import type { PodEvent } from './pod-events.ts';
import type { PodWorkerDeps } from './pod-worker-messages.ts';

export function podVoice(name: PodName, deps: Pick<PodWorkerDeps, 'events' | 'node' | 'reporter'>) {
  let last: PodStatus | undefined;
  return {
    /** An unchanged status is told to nobody; nor is one of a pod whose end is known already. */
    status(pod: Pod | undefined, observed: ObservedPod, memory: PodMemory, now: Millis): void {
      if (pod === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
      const before = last ?? pod.status;
      const status = podStatus({ pod, observed, memory, nodeIps: deps.node.ips, before, now });
      if (deepEqual(status, last)) return;
      last = status;
      deps.reporter.tell({ type: 'report', report: { ...name, status } });
    },
    /** Nothing of the pod is left. */
    gone(pod: Pod): void {
      const status = last ?? pod.status ?? {};
      deps.reporter.tell({ type: 'report', report: { ...name, status, gone: true } });
    },
    event(
      pod: Pod | undefined,
      kind: PodEvent['kind'],
      reason: string,
      message: string,
      container?: { readonly name: string },
    ): void {
      const init = pod?.spec.initContainers?.some((one) => one.name === container?.name) ?? false;
      const about = container === undefined ? {} : { container: { name: container.name, init } };
      deps.events.tell({ type: 'event', kind, pod: name, reason, message, ...about });
    },
  };
}
