/** What a worker says of its pod: its status, when it is another than before; its end; and what happened to it. */

import type { Clock, Millis } from '../../../common/actor/types.ts';
import { deepEqual } from '../../../common/lib/deep.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import type { NodeFacts } from '../../core/node/node-facts.ts';
import type { PodState } from '../../core/pod/observed-pod.ts';
import { hasEnded } from '../../core/pod/outcome.ts';
import type { Eviction } from '../../core/pod/pod-memory.ts';
import { podStatus } from '../../core/pod/status.ts';
import type { PodName } from '../../core/runtime-model.ts';
import type { PodEvent } from '../link/pod-events.ts';
import type { KeptStatus } from './kept-status.ts';
import type { PodWorkerDeps } from './pod-worker-messages.ts';

/** `kept` is what an agent before this one said last. */
export function podVoice(
  name: PodName,
  deps: Pick<PodWorkerDeps, 'events' | 'reporter'>,
  clock: Clock,
  kept: PodStatus | undefined,
) {
  let last: PodStatus | undefined;
  return {
    /** What is known of the pod's status; `pod` is as it is wanted. */
    before: (pod: Pod): PodStatus | undefined => last ?? kept ?? pod.status,
    /** Answers whether it is new. An unchanged one is told to nobody; nor is one of a pod whose end is known already. */
    status(pod: Pod | undefined, state: PodState, { ips: nodeIps }: NodeFacts): boolean {
      if (pod === undefined || hasEnded(pod.status)) return false;
      const before = last ?? kept ?? pod.status;
      const at = { now: clock.now(), wall: clock.wall() };
      // An end is the last word: what is left of the pod may be removed to make room.
      const end = [kept, last].find(hasEnded);
      const status = end ?? podStatus({ pod, state, nodeIps, before, ...at });
      if (deepEqual(status, last)) return false;
      for (const name of newlyBackedOff(status, last ?? kept)) {
        this.event(pod, 'Warning', 'BackOff', backOffMessage(name, pod), { name });
      }
      if (status.reason === 'DeadlineExceeded' && before?.reason !== status.reason) {
        this.event(pod, 'Normal', status.reason, status.message ?? '');
      }
      last = status;
      deps.reporter.tell({ type: 'report', report: { ...name, status } });
      return true;
    },
    /** Keeps the last status for the next agent, of a pod that was taken on `age` ago. */
    keep(store: Pick<KeptStatus, 'keep'>, age: Millis, evicted: Eviction | undefined): void {
      if (last !== undefined) store.keep(last, age, evicted);
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

/** The containers that wait for their next attempt, and did not before. */
function newlyBackedOff(status: PodStatus, before: PodStatus | undefined): readonly string[] {
  const backedOff = ({ initContainerStatuses = [], containerStatuses = [] }: PodStatus) =>
    [...initContainerStatuses, ...containerStatuses].filter(
      ({ state }) => state.waiting?.reason === 'CrashLoopBackOff',
    );
  const known = before === undefined ? [] : backedOff(before);
  return backedOff(status)
    .filter((one) => !known.some(({ name }) => name === one.name))
    .map(({ name }) => name);
}

function backOffMessage(container: string, { metadata: { name, namespace, uid } }: Pod): string {
  return `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`;
}
