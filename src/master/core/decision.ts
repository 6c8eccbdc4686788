/** What a request to write makes of an object: a value, so that the decision can be tested without a store. */

import type { KubeObject } from '../../common/model/meta.ts';
import type { Status } from '../../common/model/status.ts';

/** `object` is what the caller gets: as stored from now on, or as it last was. */
export type Decision =
  | { readonly type: 'put'; readonly object: KubeObject }
  | { readonly type: 'remove'; readonly object: KubeObject }
  /** There is nothing to write. */
  | { readonly type: 'keep'; readonly object: KubeObject }
  | { readonly type: 'refuse'; readonly status: Status };

export const refuse = (status: Status): Decision & { type: 'refuse' } => ({ type: 'refuse', status });
