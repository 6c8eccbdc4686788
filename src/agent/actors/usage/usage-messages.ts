/** What the actor `usage` is asked and told. */

import type { Asks, Millis } from '../../../common/actor/types.ts';
import type { PodSubject } from '../../core/usage/subjects.ts';
import type { Readings, Sweep } from '../../core/usage/sweep.ts';
import type { Listing } from '../relist.ts';

export type UsageMessage =
  /**
   * The newest sweep if it is at most so old and no container came since, else a new one; many who ask at once get the same. Volumes, logs and writable
   * layers are measured seldom, since that reads directories: `fresh` measures them too. While the device can not be read
   * there is no answer: the question runs into its limit.
   */
  | ({ readonly type: 'sweep'; readonly maxAge: Millis; readonly disk?: 'fresh' } & Asks<Sweep>)
  /** Sweeps of the last 15 minutes after this steady time, oldest first, with as much as the history keeps. */
  | ({ readonly type: 'history'; readonly after: Millis } & Asks<readonly Sweep[]>)
  /** What the runtime has; told by whoever lists. */
  | { readonly type: 'listing'; readonly listing: Listing }
  | { readonly type: 'look' }
  /** `since` is when the look began, `subjects` what it was at. */
  | {
      readonly type: 'read';
      readonly since: Millis;
      readonly subjects: readonly PodSubject[];
      readonly fresh: boolean;
      readonly readings: Readings;
    }
  | { readonly type: 'failed'; readonly error: unknown };
