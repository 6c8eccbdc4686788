/** When devices were last heard of: kept in memory only, and given to the controller of node health. */

import type { Clock, Millis } from '../../common/actor/types.ts';
import type { Beats } from '../core/node-health.ts';

export type BeatMemory = Beats & { readonly beat: (node: string) => void };

/** After a start every device has this long to be heard of first. */
const STARTUP_GRACE: Millis = 60_000;

/** `grace`: how long a device counts as alive after it was heard of. */
export function createBeats(clock: Pick<Clock, 'now'>, grace: Millis): BeatMemory {
  const startedAt = clock.now();
  const last = new Map<string, Millis>();
  return {
    beat: (node) => {
      last.set(node, clock.now());
    },
    aliveFor: (node) => {
      const heard = last.get(node);
      return (heard === undefined ? startedAt + STARTUP_GRACE : heard + grace) - clock.now();
    },
  };
}
