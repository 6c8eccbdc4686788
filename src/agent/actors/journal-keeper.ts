/** Writes to the journal of events what waits, one write at a time; a journal that can not be written is said once. */

import type { Logger } from '../../common/actor/types.ts';
import type { Noted } from '../core/event-outbox.ts';
import { type EventJournal, JournalError } from '../ports/event-journal.ts';

/** The journal is written anew when it has so many lines more than events wait. */
const SLACK = 500;

export function journalKeeper(
  journal: Pick<EventJournal, 'append' | 'replace'>,
  waiting: () => readonly Noted[],
  log: Logger,
) {
  let added: Noted[] = [];
  let lines = Number.POSITIVE_INFINITY;
  let busy = false;
  let works = true;

  async function write(): Promise<void> {
    const now = waiting();
    if (lines > now.length + SLACK || (now.length === 0 && lines > 0)) {
      added = [];
      lines = now.length;
      await journal.replace(now);
    } else {
      const more = added.splice(0);
      lines += more.length;
      await journal.append(more);
    }
  }
  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    while (added.length > 0 || (lines > 0 && waiting().length === 0)) await write();
    busy = false;
  }
  function start(): void {
    work().catch((error: unknown) => {
      busy = false;
      lines = Number.POSITIVE_INFINITY;
      if (!(error instanceof JournalError)) throw error;
      if (works) log.warn({ error }, 'events that wait for the master are not kept: a restart of the agent loses them');
      works = false;
    });
  }
  return {
    add(noted: Noted): void {
      added.push(noted);
      start();
    },
    taken: start,
  };
}
