/** What the node itself orders of pods, whatever their sources want: the end of an eviction, and that of a shutdown. */

import type { Ref } from '../../../common/actor/types.ts';
import type { PodWorkerMessage } from '../pod/pod-worker-messages.ts';
import { createPendingEvictions, type EvictAnswer, type EvictPod } from './pending-evictions.ts';
import { createPodHalts, type HaltMessage } from './pod-halts.ts';

type Worker = Pick<Ref<PodWorkerMessage>, 'tell'>;
type Reply<T> = { reply(answer: T): void };

export function createPodOrders(workerOf: (uid: string) => Worker | undefined) {
  const evictions = createPendingEvictions();
  const halts = createPodHalts();
  return {
    /** No pod is begun. */
    get halting(): boolean {
      return halts.on;
    },
    /** Pods that the node ends and that still hold something. */
    evicting: (): readonly string[] => evictions.unfinished(),
    /** Whether the node has ended the pod for good, and nothing of it lives. */
    isEvicted: (uid: string): boolean => evictions.isOver(uid),
    /** A worker has begun: it is told what holds for its pod. `evicted`: an agent before was ending it. */
    begun(uid: string, evicted: boolean, worker: Worker): void {
      if (evicted) evictions.found(uid);
      const eviction = evictions.of(uid);
      if (eviction !== undefined) worker.tell({ type: 'evict', eviction });
      const graceSeconds = halts.of(uid);
      if (graceSeconds !== undefined) worker.tell({ type: 'halt', graceSeconds });
    },
    /** Nothing of the pod is left. */
    over(uid: string): void {
      evictions.forget(uid);
      halts.settle(uid);
    },
    /** Whether the device goes down; those that were to end go on when it does not any more. */
    halt(on: boolean): void {
      const halted = halts.turn(on);
      if (!on) for (const uid of halted) workerOf(uid)?.tell({ type: 'go-on' });
    },
    on: {
      evict(order: EvictPod, { reply }: Reply<EvictAnswer>): void {
        const worker = workerOf(order.uid);
        if (worker === undefined) reply('unknown');
        else worker.tell({ type: 'evict', eviction: evictions.add(order, reply) });
      },
      'worker-evicted'({ uid, freed }: { readonly uid: string; readonly freed: boolean }): void {
        evictions.settle(uid, freed);
      },
      halt(
        { uid, graceSeconds }: HaltMessage & { readonly type: 'halt' },
        { reply }: Reply<'ended' | 'unknown'>,
      ): void {
        const worker = workerOf(uid);
        if (worker === undefined) reply('unknown');
        else {
          halts.add(uid, graceSeconds, reply);
          worker.tell({ type: 'halt', graceSeconds });
        }
      },
      'worker-halted'({ uid }: { readonly uid: string }): void {
        halts.settle(uid);
      },
    },
  };
}
