/** Which pods have not run since they were measured: those have written nothing either. */

import type { Millis } from '../../../common/actor/types.ts';

export type RestMarks = {
  /**
   * Whether the pod has used no CPU since it was marked, not too long ago. Otherwise, or with `fresh`, it does not rest: it is
   * marked, for it will be measured.
   */
  rests(uid: string, now: Millis, fresh: boolean): boolean;
  /** Forgets all others. */
  retain(uids: ReadonlySet<string>): void;
};

/** The agent itself may write what is a pod's: logs are rotated, a ConfigMap is renewed. */
const LONGEST: Millis = 600_000;

/** `cpuOf`: what a pod has used so far, undefined where that is not known. */
export function createRestMarks(cpuOf: (uid: string) => number | undefined): RestMarks {
  const marks = new Map<string, { readonly cpu: number | undefined; readonly at: Millis }>();
  return {
    rests(uid, now, fresh) {
      const [known, cpu] = [marks.get(uid), cpuOf(uid)];
      if (!fresh && known?.cpu !== undefined && known.cpu === cpu && now - known.at < LONGEST) return true;
      marks.set(uid, { cpu, at: now });
      return false;
    },
    retain(uids) {
      for (const uid of marks.keys()) if (!uids.has(uid)) marks.delete(uid);
    },
  };
}
