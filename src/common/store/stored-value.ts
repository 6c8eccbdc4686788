/**
 * What the store keeps of an object: its JSON without `metadata.resourceVersion`, which is the revision and so is
 * only known once it is written. Read back, the revision is stamped on and the object is frozen: it may be shared.
 */
import { isRecord } from '../lib/deep.ts';
import type { SharedTexts } from '../lib/shared-texts.ts';
import type { KubeObject } from '../model/meta.ts';
import { type Revision, StoreError, type StoreKey } from './store.ts';
import { keyText } from './store-key.ts';

/** The JSON that is stored for an object. Over `maxBytes` bytes it throws StoreError `too-large` with both sizes. */
export function encodeValue(key: StoreKey, object: KubeObject, maxBytes: number): Buffer {
  const value = Buffer.from(textOf(object));
  if (value.byteLength > maxBytes) {
    throw new StoreError(
      'too-large',
      `${keyText(key)} is ${value.byteLength} bytes of JSON, the store takes at most ${maxBytes}`,
    );
  }
  return value;
}

/** Bytes of what would be stored for an object. */
export function storedSize(object: KubeObject): number {
  return Buffer.byteLength(textOf(object));
}

function textOf(object: KubeObject): string {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return JSON.stringify({ ...object, metadata });
}

/** The object of a stored value. Throws SyntaxError when the value is not the JSON of an object with metadata. */
export function decodeValue(text: string, revision: Revision, texts: SharedTexts): KubeObject {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value) || !isRecord(value.metadata)) throw new SyntaxError('not an object with metadata');
  value.metadata.resourceVersion = String(revision);
  return texts.freeze(value as KubeObject) as KubeObject;
}
