/** Random suffixes of names. */

import { randomBytes } from 'node:crypto';

const letters = 'bcdfghjklmnpqrstvwxz2456789';
const LENGTH = 5;
/** Random bytes that are asked for at once: asking costs more than the bytes. */
const POOL = 200 * LENGTH;

/** Makes suffixes of five characters without vowels and look-alikes, as Kubernetes' generated names have. */
export function createSuffixes(): () => string {
  let pool = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used === pool.length) {
      pool = randomBytes(POOL);
      used = 0;
    }
    const bytes = pool.subarray(used, used + LENGTH);
    used += LENGTH;
    return Array.from(bytes, (byte) => letters[byte % letters.length]).join('');
  };
}
