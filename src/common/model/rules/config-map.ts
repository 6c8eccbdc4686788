/** Rules of ConfigMaps, and those that Secrets share with them. */
import { deepEqual } from '../../lib/deep.ts';
import type { ConfigMap } from '../config-map.ts';
import type { Kind } from '../kind.ts';
import { notConfigKey } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue, tooLong, unless } from './cause.ts';

/** The most bytes that the values of a ConfigMap or Secret may have together. */
export const dataBytes = 1024 * 1024;

type Data = Readonly<Record<string, string>>;

/** What is wrong with the keys of `data`. */
export const keyCauses = (field: string, data: Data = {}): StatusCause[] =>
  Object.keys(data).flatMap((key) => unless(`${field}[${key}]`, key, notConfigKey(key)));

/** Bytes of the values: of their text, or of what the base64 stands for. */
export const sizeOf = (data: Data = {}, encoding: 'utf8' | 'base64'): number =>
  Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, encoding), 0);

/** The changes that an immutable object does not take. */
export function immutableCauses<T extends { immutable?: boolean | undefined }>(
  next: T,
  stored: T,
  fields: readonly (keyof T & string)[],
): StatusCause[] {
  if (!stored.immutable) return [];
  const why = 'field is immutable when `immutable` is set';
  const changed = fields.filter((field) => !deepEqual(next[field] ?? {}, stored[field] ?? {}));
  const lifted = next.immutable ? [] : ['immutable'];
  return [...lifted, ...changed].map((field) => forbiddenField(field, why));
}

export const configMapRules: Pick<Kind<ConfigMap>, 'validate' | 'validateUpdate'> = {
  validate({ data = {}, binaryData = {} }) {
    const both = Object.keys(binaryData).filter((key) => Object.hasOwn(data, key));
    return [
      ...keyCauses('data', data),
      ...keyCauses('binaryData', binaryData),
      ...both.map((key) => invalidValue(`binaryData[${key}]`, key, 'duplicate of key present in data')),
      ...(sizeOf(data, 'utf8') + sizeOf(binaryData, 'base64') > dataBytes ? [tooLong('', dataBytes)] : []),
    ];
  },
  validateUpdate: (next, stored) => immutableCauses(next, stored, ['data', 'binaryData']),
};
