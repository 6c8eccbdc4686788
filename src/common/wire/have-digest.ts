/** One text for all that a device has of what is wanted: with its beat it tells the master, which sees a lost poke by it. */

import { digest } from '../lib/hash.ts';

/** `have` are the digests of the objects by their keys. */
export function haveDigest(have: Readonly<Record<string, string>>): string {
  return digest(have).slice(0, 16);
}
