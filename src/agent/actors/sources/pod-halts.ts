/** Pods that are to end because the device goes down, and who waits for their end. */

import type { Asks } from '../../../common/actor/types.ts';
import type { PodToEnd } from '../../core/shutdown/shutdown-plan.ts';

export type HaltMessage =
  /** From now on no pod is begun; off: all go on. */
  | { readonly type: 'halting'; readonly on: boolean }
  /** Pods that may have something that runs; `complete`: what the runtime has is among them. */
  | ({ readonly type: 'to-halt' } & Asks<{ readonly pods: readonly PodToEnd[]; readonly complete: boolean }>)
  /** Ends what a pod runs, in no more than this grace period. Answered when nothing of it runs. */
  | ({ readonly type: 'halt'; readonly uid: string; readonly graceSeconds: number } & Asks<'ended' | 'unknown'>);

export function createPodHalts() {
  let on = false;
  const graces = new Map<string, number>();
  const waiting = new Map<string, ((answer: 'ended') => void)[]>();
  return {
    get on() {
      return on;
    },
    /** Answers with those that were to end before. */
    turn(now: boolean): readonly string[] {
      on = now;
      const before = [...graces.keys()];
      graces.clear();
      waiting.clear();
      return before;
    },
    add(uid: string, graceSeconds: number, reply: (answer: 'ended') => void): void {
      graces.set(uid, graceSeconds);
      waiting.set(uid, [...(waiting.get(uid) ?? []), reply]);
    },
    /** The grace period of a pod that is to end. */
    of: (uid: string): number | undefined => graces.get(uid),
    settle(uid: string): void {
      for (const reply of waiting.get(uid) ?? []) reply('ended');
      waiting.delete(uid);
    },
  };
}
