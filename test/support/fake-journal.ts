/** The journal of events in memory: it outlives the agent, and a new boot empties it. */

import type { Noted } from '../../src/agent/core/node/event-outbox.ts';
import { type EventJournal, JournalError } from '../../src/agent/ports/event-journal.ts';

export class FakeJournal implements EventJournal {
  entries: readonly Noted[] = [];
  full = false;
  boot = 'boot-1';
  readonly sinceBoot: () => number;

  constructor(now: () => number) {
    const begun = now();
    this.sinceBoot = () => now() - begun;
  }

  load = async () => [...new Map(this.entries.map((entry) => [entry.name, entry])).values()];

  append = async (entries: readonly Noted[]) => {
    if (this.full) throw new JournalError('no space left on device');
    this.entries = [...this.entries, ...entries];
  };

  replace = async (entries: readonly Noted[]) => {
    if (this.full) throw new JournalError('no space left on device');
    this.entries = [...entries];
  };
}
