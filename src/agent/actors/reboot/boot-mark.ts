/** The note that one boot leaves to the next. */

import * as z from 'zod';
import type { KeptFile } from '../../ports/manifests.ts';

const text = z.string().max(4096);
const schema = z.object({
  boot: z.string().max(64),
  orderly: z.boolean(),
  stopped: z.boolean(),
  signs: z.array(z.enum(['heat', 'voltage', 'memory'])).max(3),
  dumps: z.array(text).max(100),
  powerEvents: z.int().default(0),
  /** Of the boot itself, for an agent that starts anew in it. */
  lastReboot: z
    .object({
      reason: z.enum(['PowerLoss', 'OutOfMemory', 'KernelPanic', 'Watchdog', 'Overheated', 'Requested', 'Unknown']),
      message: text,
      bootID: text,
      time: text.optional(),
    })
    .optional(),
});
export type BootMark = Readonly<z.infer<typeof schema>>;

/** No mark where there is none; `problem` where there is one that can not be used. */
export async function loadBootMark(file: KeptFile): Promise<{ readonly mark?: BootMark; readonly problem?: string }> {
  const found = await file.load();
  if (found === undefined) return {};
  if ('problem' in found) return { problem: found.problem };
  const parsed = schema.safeParse(jsonOf(Buffer.from(found.content).toString()));
  return parsed.success ? { mark: parsed.data } : { problem: 'the note of the last boot is of another form' };
}

export async function saveBootMark(file: KeptFile, mark: BootMark): Promise<void> {
  await file.save(Buffer.from(JSON.stringify(mark)));
}

/** The last word of an agent: whether it ends with the system or alone. Rejects with KeptFileError. */
export async function noteEnd(file: KeptFile, orderly: boolean): Promise<void> {
  const { mark } = await loadBootMark(file);
  if (mark !== undefined) await saveBootMark(file, { ...mark, orderly, stopped: !orderly });
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // What is no JSON is refused by the schema.
    return undefined;
  }
}
