/** Rules of Secrets; text that was given as stringData becomes data. */
import type { Kind } from '../kind.ts';
import type { Secret } from '../secret.ts';
import { invalidValue, required, tooLong } from './cause.ts';
import { dataBytes, immutableCauses, keyCauses, sizeOf } from './config-map.ts';

/** Keys that a Secret of a well-known type must have. */
const neededKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

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
      ...(sizeOf(data, 'base64') > dataBytes ? [tooLong('data', dataBytes)] : []),
    ];
  },
  validateUpdate: (next, stored) => [
    ...immutableCauses(next, stored, ['data']),
    ...(next.type === stored.type ? [] : [invalidValue('type', next.type, 'field is immutable')]),
  ],
};
