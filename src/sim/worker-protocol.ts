/** What the process of a simulation and its workers say to each other, over the channel that Node makes between them. */

import type { Inventory } from './core/audit.ts';
import type { LivedAt } from './core/lives.ts';
import type { FleetPlan, Happened } from './device/fleet-part.ts';

export type ToWorker =
  | { readonly type: 'begin'; readonly server: string; readonly plan: FleetPlan; readonly logLevel: string }
  | { readonly type: 'disturb' }
  | { readonly type: 'quiet' }
  | { readonly type: 'cut'; readonly site: number; readonly cut: boolean }
  | { readonly type: 'figures'; readonly id: number }
  | { readonly type: 'inventory'; readonly id: number };

/** Bytes and messages are those of the NATS connection, in both directions; CPU in seconds. */
export type Figures = Happened & {
  readonly bytes: number;
  readonly messages: number;
  readonly rss: number;
  readonly cpuSeconds: number;
};
/** Answers have the question's id. */
export type Answer =
  | { readonly type: 'figures'; readonly id: number; readonly figures: Figures }
  | { readonly type: 'inventory'; readonly id: number; readonly found: readonly Inventory[] };
/** `lives`: what began and ended to run since this was told last, up to `until`; always before an answer. */
export type FromWorker =
  | Answer
  | { readonly type: 'lives'; readonly until: number; readonly lives: readonly LivedAt[] };
