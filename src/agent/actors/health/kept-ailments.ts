/** What was wrong with the device, kept for an agent that starts anew: it neither tells it again nor forgets it. Gone with a reboot. */

import * as z from 'zod';
import type { Held } from '../../core/health/assess.ts';
import type { KeptFile } from '../../ports/manifests.ts';

const text = z.string().max(2048);
const schema = z.array(z.object({ name: text, reason: text, message: text })).max(100);
export type KeptAilments = Readonly<z.infer<typeof schema>>;

/** Nothing where there is none, or one that can not be used: then `problem` is told. */
export async function loadAilments(file: KeptFile, problem: (words: string) => void): Promise<KeptAilments> {
  const found = await file.load();
  if (found === undefined) return [];
  if ('problem' in found) {
    problem(found.problem);
    return [];
  }
  const parsed = schema.safeParse(jsonOf(Buffer.from(found.content).toString()));
  if (!parsed.success) problem('what was wrong with the device is kept in words that are not known');
  return parsed.data ?? [];
}

export function ailmentsText(held: Held): string {
  return JSON.stringify([...held].map(([name, { reason, message }]) => ({ name, reason, message })));
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // What is no JSON is refused by the schema.
    return undefined;
  }
}
