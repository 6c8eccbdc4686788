/** Pods that the node ends, and who waits for their end. */

import type { Asks } from '../../../common/actor/types.ts';
import type { Eviction } from '../../core/pod/pod-memory.ts';

/**
 * Ends a pod for good: it gets the phase Failed with this reason and message, nothing of it starts again, and its volumes are
 * freed. `graceSeconds` shortens the pod's own grace period; 0: SIGKILL at once. Answered when its containers have ended or,
 * with `until: 'freed'`, when what its volumes took is free too; `unknown`: no such pod is run here.
 */
export type EvictPod = {
  readonly type: 'evict';
  readonly uid: string;
  readonly graceSeconds: number | undefined;
  readonly outcome: { readonly reason: string; readonly message: string };
  readonly until?: 'ended' | 'freed';
  /** It is ended for what it did itself, and not for the sake of others: then it has no condition DisruptionTarget. */
  readonly ownFault?: boolean;
} & Asks<EvictAnswer>;
export type EvictAnswer = 'ended' | 'unknown';

type Waiting = { readonly until: 'ended' | 'freed'; reply(answer: EvictAnswer): void };

export function createPendingEvictions() {
  const pending = new Map<string, { eviction: Eviction; waiting: readonly Waiting[] }>();
  /** Pods that the node ends and that still hold something. */
  const unfinished = new Set<string>();
  const over = new Set<string>();
  return {
    /** An agent before was told. */
    found: (uid: string): unknown => unfinished.add(uid),
    unfinished: (): readonly string[] => [...unfinished],
    /** Answers with what the pod's worker is told. */
    add(
      { uid, graceSeconds, outcome, until = 'ended', ownFault }: EvictPod,
      reply: (answer: EvictAnswer) => void,
    ): Eviction {
      const eviction: Eviction = {
        graceSeconds,
        outcome: { phase: 'Failed', ...outcome },
        ...(ownFault === true ? { ownFault } : {}),
      };
      unfinished.add(uid);
      pending.set(uid, { eviction, waiting: [...(pending.get(uid)?.waiting ?? []), { until, reply }] });
      return eviction;
    },
    /** What a worker that begins anew has to be told. */
    of: (uid: string): Eviction | undefined => pending.get(uid)?.eviction,
    /** Its containers have ended; `freed`: and its volumes are gone. */
    settle(uid: string, freed: boolean): void {
      if (freed) {
        unfinished.delete(uid);
        over.add(uid);
      }
      const entry = pending.get(uid);
      if (entry === undefined) return;
      const [done, waiting] = [[] as Waiting[], [] as Waiting[]];
      for (const one of entry.waiting) (freed || one.until === 'ended' ? done : waiting).push(one);
      if (waiting.length === 0) pending.delete(uid);
      else pending.set(uid, { ...entry, waiting });
      for (const { reply } of done) reply('ended');
    },
    /** Whether the node has ended the pod. */
    isOver: (uid: string): boolean => over.has(uid),
    /** Nothing is left of it. */
    forget(uid: string): void {
      this.settle(uid, true);
      over.delete(uid);
    },
  };
}
