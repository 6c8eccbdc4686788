/** When devices were last heard of: kept in memory only, and given to the controller of node health. */

import type { Millis } from '../../common/actor/types.ts';
import type { Beats } from '../core/node-health.ts';

export type BeatMemory = Beats & { readonly beat: (node: string, now: Millis) => void };

/** After a start every device has this long to be heard of first. */
const STARTUP_GRACE: Millis = 60_000;

/** `grace`: how long a device counts as alive after it was heard of. */
export function createBeats(startedAt: Millis, grace: Millis): BeatMemory {
  const last = new Map<string, Millis>();
  return {
    beat: (node, now) => {
      last.set(node, now);
    },
    aliveUntil: (node) => {
      const heard = last.get(node);
      return heard === undefined ? startedAt + STARTUP_GRACE : heard + grace;
    },
  };
}
