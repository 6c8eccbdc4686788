/** What happened and the master does not know yet, kept while the device is up: the agent may end and start meanwhile. */

import type { Millis } from '../../common/lib/time.ts';
import type { Noted } from '../core/node/event-outbox.ts';

export type { Noted };

export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/** Time by a clock that nobody sets, the same for every process of this boot. */
export interface Uptime {
  /** Names this boot of the device. */
  readonly boot: string;
  /** Time since that boot, the same for every process; the wall clock does not move it. */
  sinceBoot(): Millis;
}

export interface EventJournal extends Uptime {
  /** What was appended since the last replacement, the newest of each name, in order; damaged lines are left out. */
  load(): Promise<readonly Noted[]>;
  /** Rejects with JournalError. */
  append(entries: readonly Noted[]): Promise<void>;
  /** All that there is from now on. Rejects with JournalError. */
  replace(entries: readonly Noted[]): Promise<void>;
}
