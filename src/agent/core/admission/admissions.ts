/**
 * Which pods the node takes on: those that have begun, and of the others, the oldest first, those that have room beside them.
 * One without room waits a while, for what ends here may be about to be gone, and is then rejected for good. The scheduler
 * keeps to what there is; this is for pods that came past it, or for a node that has become smaller.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { hasEnded } from '../pod/outcome.ts';
import { lacking, type Rejection } from './room.ts';

/** How long a pod waits for room. */
const PATIENCE: Millis = 10_000;

type Verdict =
  | { readonly type: 'taken'; readonly pod: Pod }
  /** It takes nothing: it has ended, or ends before it begins. */
  | { readonly type: 'over' }
  | { readonly type: 'waits'; readonly until: Millis }
  | ({ readonly type: 'rejected' } & Rejection);

export type Admissions = {
  /** Looks at the pods that are wanted; `begun` says of which the runtime has something. */
  review(pods: readonly Pod[], begun: (uid: string) => boolean, now: Millis): void;
  /** When a pod that waits is to be looked at again. */
  readonly wakeAt: Millis | undefined;
  /** Whether it has to be said yet if the pod is taken on. */
  isOpen(uid: string): boolean;
  rejection(uid: string): Rejection | undefined;
  /** The pod has ended; answers whether others may have waited for it. */
  end(uid: string): boolean;
  /** Nothing is left of the pod. */
  forget(uid: string): void;
};

/** `allocatable`: quantities by resource. */
export function createAdmissions(allocatable: Readonly<Record<string, string>>): Admissions {
  const verdicts = new Map<string, Verdict>();

  const taken = (): readonly Pod[] =>
    [...verdicts.values()].flatMap((verdict) => (verdict.type === 'taken' ? [verdict.pod] : []));
  const waiting = (): readonly Millis[] =>
    [...verdicts.values()].flatMap((verdict) => (verdict.type === 'waits' ? [verdict.until] : []));

  function verdictOn(pod: Pod, before: Verdict | undefined, now: Millis): Verdict {
    if (pod.metadata.deletionTimestamp !== undefined || hasEnded(pod.status)) return { type: 'over' };
    const rejection = lacking(pod, taken(), allocatable);
    if (rejection === undefined) return { type: 'taken', pod };
    const until = before?.type === 'waits' ? before.until : now + PATIENCE;
    return until <= now ? { type: 'rejected', ...rejection } : { type: 'waits', until };
  }

  return {
    review(pods, begun, now) {
      const open: Pod[] = [];
      for (const pod of pods) {
        const uid = uidOf(pod);
        const before = verdicts.get(uid);
        // What is wanted of it may have changed.
        if (before?.type === 'taken' || (before === undefined && begun(uid))) verdicts.set(uid, { type: 'taken', pod });
        else if (before === undefined || before.type === 'waits') open.push(pod);
      }
      for (const pod of open.sort(byAge)) verdicts.set(uidOf(pod), verdictOn(pod, verdicts.get(uidOf(pod)), now));
    },
    get wakeAt() {
      const times = waiting();
      return times.length === 0 ? undefined : Math.min(...times);
    },
    isOpen: (uid) => (verdicts.get(uid)?.type ?? 'waits') === 'waits',
    rejection(uid) {
      const verdict = verdicts.get(uid);
      return verdict?.type === 'rejected' ? verdict : undefined;
    },
    end(uid) {
      if (this.rejection(uid) === undefined) verdicts.set(uid, { type: 'over' });
      return waiting().length > 0;
    },
    forget: (uid) => void verdicts.delete(uid),
  };
}

const uidOf = ({ metadata }: Pod): string => metadata.uid ?? '';

function byAge(a: Pod, b: Pod): number {
  const [of, than] = [a, b].map(({ metadata }) => metadata.creationTimestamp ?? '');
  return of === than ? 0 : (of ?? '') < (than ?? '') ? -1 : 1;
}
