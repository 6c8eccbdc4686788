/**
 * The journal of events: a file of JSON lines in the run directory, which is in memory on a usual system: it outlives the agent
 * and wears no disk.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { objectReferenceSchema } from '../../../common/model/event.ts';
import { type EventJournal, JournalError, type Noted } from '../../ports/event-journal.ts';
import { jsonOf } from './checkpoint-index.ts';
import { codeOf } from './durable-files.ts';

const notedSchema = z.object({
  about: objectReferenceSchema,
  kind: z.enum(['Normal', 'Warning']),
  reason: z.string(),
  message: z.string(),
  annotations: z.record(z.string(), z.string()).optional(),
  name: z.string(),
  boot: z.string(),
  first: z.number(),
  last: z.number(),
  count: z.int(),
});
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export async function createEventJournal(path: string): Promise<EventJournal> {
  const boot = (await readFile(BOOT_ID, 'utf8')).trim();
  return {
    boot,
    sinceBoot: () => Number(process.hrtime.bigint() / 1_000_000n),
    load: async () => {
      const noted = new Map<string, Noted>();
      for (const line of (await contentOf(path)).split('\n')) {
        const one = notedSchema.safeParse(jsonOf(Buffer.from(line)));
        if (!one.success) continue;
        noted.delete(one.data.name);
        noted.set(one.data.name, one.data);
      }
      return [...noted.values()];
    },
    append: (entries) => inWords(() => appendFile(path, lines(entries), { mode: 0o600 })),
    replace: (entries) =>
      inWords(async () => {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(`${path}.new`, lines(entries), { mode: 0o600 });
        await rename(`${path}.new`, path);
      }),
  };
}

const lines = (entries: readonly Noted[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/** Nothing when there is no such file. */
async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

async function inWords(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (codeOf(error) === undefined || !(error instanceof Error)) throw error;
    throw new JournalError(error.message, { cause: error });
  }
}
