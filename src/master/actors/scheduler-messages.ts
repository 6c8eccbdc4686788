/** What the scheduler is told and asked. */

import type { Asks } from '../../common/actor/types.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { SchedulingExplanation } from '../../common/model/scheduling-explanation.ts';
import type { Reservation } from '../core/scheduling/assumptions.ts';
import type { Question } from '../core/scheduling/explanation.ts';
import type { PodFacts } from '../core/scheduling/pod-facts.ts';
import type { News } from './cluster.ts';

export type SchedulerMessage =
  | News
  | { readonly type: 'work' }
  | { readonly type: 'rest' }
  | { readonly type: 'bound'; readonly facts: PodFacts; readonly node: string; readonly refusal: string | undefined }
  | ({ readonly type: 'explain'; readonly question: Question } & Asks<SchedulingExplanation>)
  /** Somebody else wants to bind the pod: the room is kept for it, unless there is none. */
  | ({ readonly type: 'reserve'; readonly pod: Pod; readonly node: string } & Asks<Reservation>)
  /** What was reserved is not taken. */
  | { readonly type: 'unreserve'; readonly uid: string }
  | { readonly type: 'expire' }
  | { readonly type: 'refresh' }
  | { readonly type: 'crashed'; readonly error: unknown };
