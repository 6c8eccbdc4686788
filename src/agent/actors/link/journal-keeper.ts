/** What is to be written to the journal of events: what was added, or all that waits when the journal has grown too long. */

import type { EventJournal, Noted } from '../../ports/event-journal.ts';

export type JournalKeeper = {
  add(noted: Noted): void;
  /** Whether something is to be written. */
  due(): boolean;
  /** Writes it; one at a time. Rejects with JournalError: then the next time all is written anew. */
  write(): Promise<void>;
};

/** The journal is written anew when it has so many lines more than events wait. */
const SLACK = 500;

export function journalKeeper(
  journal: Pick<EventJournal, 'append' | 'replace'>,
  waiting: () => readonly Noted[],
): JournalKeeper {
  let added: Noted[] = [];
  /** Lines in the journal; unknown before the first write. */
  let lines = Number.POSITIVE_INFINITY;
  return {
    add: (noted) => void added.push(noted),
    due: () => added.length > 0 || (lines > 0 && waiting().length === 0),
    async write() {
      const now = waiting();
      const before = lines;
      const more = added;
      added = [];
      lines = Number.POSITIVE_INFINITY;
      if (before > now.length + SLACK || now.length === 0) {
        await journal.replace(now);
        lines = now.length;
      } else {
        await journal.append(more);
        lines = before + more.length;
      }
    },
  };
}
