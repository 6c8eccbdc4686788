/** Request bodies from strangers: bounded before they are parsed, and refused with the field that is wrong. */

import type { z } from 'zod';
import { badRequest, type Status, tooLarge } from '../../common/model/status.ts';
import { maxObjectBytes } from '../../common/wire/api-protocol.ts';

/** The largest object and what stands around it. */
const limit = maxObjectBytes + 16 * 1024;
/** Deeper than any object; keeps recursion over what was sent within bounds. */
const deepest = 100;

export type Body<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: Status };

/** A 413 or 400 for a body that is too large, no JSON, too deep, or not what `schema` accepts. No body counts as {}. */
export function readBody<T>(bytes: Uint8Array, schema: z.ZodType<T>): Body<T> {
  if (bytes.length > limit) return { ok: false, status: tooLarge(bytes.length, limit) };
  if (depthOf(bytes) > deepest) {
    return { ok: false, status: badRequest(`the body is nested more than ${deepest} levels deep`) };
  }
  let data: unknown;
  try {
    data = bytes.length === 0 ? {} : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return { ok: false, status: badRequest(`the body is no JSON: ${error instanceof Error ? error.message : error}`) };
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return { ok: true, value: parsed.data };
  const causes = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', message }));
  const sentences = causes.map(({ field, message }) => `${field}: ${message}`);
  return { ok: false, status: badRequest(`the body is no such request: ${sentences.join('; ')}`, causes) };
}

/** How deep brackets nest outside of strings. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let most = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === backslash) i++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === brace || byte === bracket) most = Math.max(most, ++depth);
    else if (byte === closingBrace || byte === closingBracket) depth--;
  }
  return most;
}

const [quote, backslash, brace, bracket, closingBrace, closingBracket] = [0x22, 0x5c, 0x7b, 0x5b, 0x7d, 0x5d];
