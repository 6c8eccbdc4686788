/**
 * The index of a checkpoint: which file holds which object, in two slots. The next generation goes into the slot of the one
 * before the last, so the last is never touched.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';

/** The format that is written. The one before had a single index and no sealed objects. */
const FORMAT = 2;
/** The index of the format before. */
export const OLD_INDEX = 'index.json';

const fileName = z.string().regex(/^[0-9a-f]{64}$/);
const entriesSchema = z.record(
  z.string(),
  z.strictObject({ digest: z.string(), file: fileName, sealed: z.boolean().optional() }),
);
const indexSchema = z.strictObject({
  format: z.literal(FORMAT),
  generation: z.int().min(1),
  checksum: z.string(),
  entries: entriesSchema,
});
const oldSchema = z.strictObject({ checksum: z.string(), entries: entriesSchema });

/** By the key of the object. */
export type Entries = Readonly<Record<string, Readonly<z.infer<typeof entriesSchema>>[string]>>;
export type Index = { readonly generation: number; readonly entries: Entries };

export const slotOf = (generation: number): string => `index-${generation % 2}.json`;
export const SLOTS: readonly string[] = [slotOf(0), slotOf(1)];

export function formatIndex({ generation, entries }: Index): Buffer {
  const checksum = sha256(Buffer.from(JSON.stringify([FORMAT, generation, entries])));
  return Buffer.from(JSON.stringify({ format: FORMAT, generation, checksum, entries }));
}

/** Undefined when it is damaged, or none. */
export function parseIndex(bytes: Buffer): Index | undefined {
  const index = indexSchema.safeParse(jsonOf(bytes));
  if (!index.success) return undefined;
  const { generation, checksum, entries } = index.data;
  return checksum === sha256(Buffer.from(JSON.stringify([FORMAT, generation, entries])))
    ? { generation, entries }
    : undefined;
}

/** The index of the format before, as generation 0. */
export function parseOldIndex(bytes: Buffer): Index | undefined {
  const index = oldSchema.safeParse(jsonOf(bytes));
  if (!index.success || index.data.checksum !== sha256(Buffer.from(JSON.stringify(index.data.entries)))) {
    return undefined;
  }
  return { generation: 0, entries: index.data.entries };
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Undefined for what is no JSON: the schema refuses it as it refuses any other damage. */
export function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
