/** Says what a schema found wrong as Kubernetes would: the field's path, what was found and what is accepted. */
import type { z } from 'zod';
import { isRecord } from '../lib/deep.ts';
import { invalidValue, notSupported, required, wrongType } from './rules/cause.ts';
import type { StatusCause } from './status.ts';

/** A path as Kubernetes writes it: `spec.containers[0].name`, `metadata.annotations[example.com/a]`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const name = String(step);
    if (!/^[A-Za-z_][-A-Za-z0-9_]*$/.test(name)) return `${text}[${name}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** The value at a path, or undefined. */
function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const step of path) {
    const inside = Array.isArray(value) || isRecord(value);
    value = inside && Object.hasOwn(value as object, step) ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  }
  return value;
}

/** The cause that an issue of a schema stands for; `input` is what the schema was given. */
export function causeOf(issue: z.core.$ZodIssue, input: unknown): StatusCause {
  const field = fieldPath(issue.path);
  const found = valueAt(input, issue.path);
  if (found === undefined) return required(field);
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(field, found, expectation(issue.expected, found));
    case 'invalid_value':
      return notSupported(field, found, issue.values);
    case 'too_small':
      if (issue.origin === 'array') return required(field, issue.message);
      return invalidValue(field, found, `must be greater than or equal to ${issue.minimum}`);
    case 'too_big':
      return invalidValue(field, found, `must be less than or equal to ${issue.maximum}`);
    default:
      return invalidValue(field, found, issue.message);
  }
}

const names: Readonly<Record<string, string>> = {
  string: 'must be a string',
  number: 'must be an integer',
  int: 'must be an integer',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object with named fields',
  record: 'must be a map from names to values',
};

function expectation(expected: string, found: unknown): string {
  const what = names[expected] ?? `must be ${expected}`;
  const quotable = expected === 'string' && (typeof found === 'number' || typeof found === 'boolean');
  return quotable ? `${what}; write it in quotes: "${found}"` : what;
}
