/** Encrypts what only this device shall read: AES-256-GCM, so that a change of a single bit is noticed. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Bytes of a key. */
export const KEY_BYTES = 32;
const ALGORITHM = 'aes-256-gcm';
/** The first bytes of what is sealed: the version of the form. */
const MARK = Buffer.from('bramble-sealed-1\n');
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `about` says what it is and is not kept in it: it opens only where the same is said again. */
export function seal(key: Buffer, plain: Buffer, about: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(about));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([MARK, nonce, cipher.getAuthTag(), body]);
}

/** Undefined when it is damaged, or was sealed with another key or about something else. */
export function unseal(key: Buffer, sealed: Buffer, about: string): Buffer | undefined {
  const body = MARK.length + NONCE_BYTES + TAG_BYTES;
  if (sealed.length < body || !sealed.subarray(0, MARK.length).equals(MARK)) return undefined;
  const nonce = sealed.subarray(MARK.length, MARK.length + NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about));
  decipher.setAuthTag(sealed.subarray(MARK.length + NONCE_BYTES, body));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(body)), decipher.final()]);
  } catch {
    return undefined; // the one thing that `final` says: not what was sealed
  }
}
