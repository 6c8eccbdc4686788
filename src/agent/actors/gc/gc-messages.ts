/** What the actor `gc` is asked and told. */

import type { Asks } from '../../../common/actor/types.ts';

/** What was freed, as far as that is known, and what it was, in words for an Event or the log. */
export type Reclaimed = { readonly bytes: number; readonly inodes?: number; readonly words: readonly string[] };

export type GcMessage =
  /**
   * A file system is short of space or inodes: frees what nobody needs, whatever its age and the thresholds of the routine
   * collection. Of `containers` those that have ended (and dead sandboxes), of `images` the unused ones that are not protected,
   * of `logs` what is over the limits; `superseded` are images that were loaded by hand and have another tag in their place.
   */
  { readonly type: 'reclaim'; readonly of: 'containers' | 'images' | 'logs' | 'superseded' } & Asks<Reclaimed>;
