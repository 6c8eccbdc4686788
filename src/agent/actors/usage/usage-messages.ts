/** What the actor `usage` is asked and told. */

import type { Asks, Millis } from '../../../common/actor/types.ts';
import type { Sweep } from '../../core/usage/sweep.ts';
import type { Listing } from '../relist.ts';

export type UsageMessage =
  /**
   * The newest sweep if it is at most so old, else a new one; many who ask at once get the same. Volumes, logs and writable
   * layers are measured seldom, since that reads directories: `fresh` measures them too.
   */
  | ({ readonly type: 'sweep'; readonly maxAge: Millis; readonly disk?: 'fresh' } & Asks<Sweep>)
  /** Sweeps of the last 15 minutes after this steady time, oldest first, with as much as the history keeps. */
  | ({ readonly type: 'history'; readonly after: Millis } & Asks<readonly Sweep[]>)
  /** What the runtime has; told by whoever lists. */
  | { readonly type: 'listing'; readonly listing: Listing };
