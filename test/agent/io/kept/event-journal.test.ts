import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createEventJournal } from '../../../../src/agent/io/kept/event-journal.ts';
import { JournalError, type Noted } from '../../../../src/agent/ports/event-journal.ts';

const noted = (name: string, count = 1): Noted => ({
  ...{ about: { kind: 'Pod', uid: 'uid' }, kind: 'Normal', reason: 'Started', message: 'Started container "app"' },
  annotations: { starved_resource: 'memory' },
  ...{ name, boot: 'boot', first: 1, last: count, count },
});

test('what was appended is there after a start, the newest of each, in order; a line cut off is left out', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-journal-'));
  try {
    const path = join(dir, 'run', 'events.jsonl');
    const journal = await createEventJournal(path);
    t.deepEqual(await journal.load(), []);
    await t.throwsAsync(journal.append([noted('a')]), { instanceOf: JournalError });
    await journal.replace([noted('a'), noted('b')]);
    await journal.append([noted('c'), noted('a', 2)]);
    await writeFile(path, JSON.stringify(noted('d')).slice(0, 50), { flag: 'a' });
    const again = await createEventJournal(path);
    t.deepEqual(await again.load(), [noted('b'), noted('c'), noted('a', 2)]);
    t.is(again.boot, journal.boot);
    t.true(again.sinceBoot() >= journal.sinceBoot() - 1);
    await again.replace([]);
    t.is(await readFile(path, 'utf8'), '');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
