/** Canonical JSON and short hashes of it: equal data has an equal hash in every process, whatever its key order. */
import { createHash } from 'node:crypto';
import { isRecord } from './deep.ts';

/** JSON with sorted keys. Fields that are undefined are left out, as JSON does. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (!isRecord(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** SHA-256 of the canonical JSON, in hexadecimal. */
export function digest(value: unknown): string {
  return createHash('sha256')
    .update(canonicalJson(value) ?? '')
    .digest('hex');
}

/** SHA-256 of bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Letters and digits without vowels, as Kubernetes uses, so that no hash spells a word. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A hash of ten letters and digits that may stand in names and labels (pod-template-hash, suffixes). */
export function shortHash(value: unknown): string {
  let rest = BigInt(`0x${digest(value)}`);
  let text = '';
  for (let i = 0; i < 10; i++) {
    text += alphabet[Number(rest % BigInt(alphabet.length))];
    rest /= BigInt(alphabet.length);
  }
  return text;
}
