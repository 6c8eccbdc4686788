/**
 * How a key is written: `<resource>.<namespace or ->.<name>`, each part one subject token (see subjects.ts). The text
 * names an object in subjects, in maps and in messages, and is read back without loss.
 */
import { token, untoken } from '../wire/subjects.ts';
import type { StoreKey, StoreScope } from './store.ts';

/** What no part of a key may hold: it separates tokens, is a wildcard, or stands for a dot. */
const forbidden = /[\s*>_]/;

/** The key's text. A part that cannot be written without loss throws: names are checked long before they come here. */
export function keyText(key: StoreKey): string {
  const parts = [key.resource, key.name, ...(key.namespace === undefined ? [] : [key.namespace])];
  for (const part of parts) {
    if (part === '' || part === '-' || forbidden.test(part)) {
      throw new RangeError(`"${part}" cannot be part of a key: empty, "-", or with white space, "*", ">" or "_"`);
    }
  }
  return `${token(key.resource)}.${token(key.namespace)}.${token(key.name)}`;
}

/** The key that a text names, or undefined when it names none. */
export function keyOf(text: string): StoreKey | undefined {
  const [resource, namespace, name, ...more] = text.split('.').map(untoken);
  if (resource === undefined || name === undefined || more.length > 0) return undefined;
  if (resource === '' || namespace === '' || name === '') return undefined;
  return namespace === undefined ? { resource, name } : { resource, namespace, name };
}

/** The subject filter for the texts of a scope's keys. */
export function scopeText(scope: StoreScope): string {
  if (scope.resource === undefined && scope.namespace === undefined) return '>';
  const part = (value: string | undefined) => (value === undefined ? '*' : token(value));
  return `${part(scope.resource)}.${part(scope.namespace)}.*`;
}

/** Whether a scope takes in a key. */
export function inScope(scope: StoreScope, key: StoreKey): boolean {
  return (
    (scope.resource === undefined || scope.resource === key.resource) &&
    (scope.namespace === undefined || scope.namespace === key.namespace)
  );
}
