/** Rules of Secrets; text that was given as stringData becomes data. */
import { isRecord } from '../../lib/deep.ts';
import type { Kind } from '../kind.ts';
import type { Secret } from '../secret.ts';
import type { StatusCause } from '../status.ts';
import { invalidValue, required, tooLong } from './cause.ts';
import { dataBytes, immutableCauses, keyCauses, sizeOf } from './config-map.ts';

/** Keys that a Secret of a well-known type must have. */
const neededKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

/** Types whose only key holds the passwords of registries, as JSON. */
const passwordTypes = ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg'];

/** What is wrong with the passwords of registries. The causes never repeat any of the text. */
function jsonCauses(type: string, data: Readonly<Record<string, string>>): StatusCause[] {
  if (!passwordTypes.includes(type)) return [];
  return (neededKeys[type] ?? []).flatMap((key) => {
    const encoded = data[key];
    if (encoded === undefined || isJsonObject(Buffer.from(encoded, 'base64').toString())) return [];
    return [invalidValue(`data[${key}]`, '<secret contents redacted>', 'must be a JSON object')];
  });
}

function isJsonObject(text: string): boolean {
  try {
    return isRecord(JSON.parse(text));
  } catch {
    return false;
  }
}

export const secretRules: Pick<Kind<Secret>, 'defaults' | 'validate' | 'validateUpdate'> = {
  defaults(secret) {
    const { stringData, ...rest } = secret;
    if (!stringData) return secret;
    const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    return { ...rest, data: { ...rest.data, ...Object.fromEntries(encoded) } };
  },
  validate({ data = {}, type }) {
    const missing = (neededKeys[type] ?? []).filter((key) => !Object.hasOwn(data, key));
    return [
      ...keyCauses('data', data),
      ...missing.map((key) => required(`data[${key}]`)),
      ...jsonCauses(type, data),
      ...(sizeOf(data, 'base64') > dataBytes ? [tooLong('data', dataBytes)] : []),
    ];
  },
  validateUpdate: (next, stored) => [
    ...immutableCauses(next, stored, ['data']),
    ...(next.type === stored.type ? [] : [invalidValue('type', next.type, 'field is immutable')]),
  ],
};
