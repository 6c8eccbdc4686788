/** The causes of a refusal, worded as Kubernetes words them. Paths are as in `spec.containers[0].image`. */
import type { StatusCause } from '../status.ts';

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

/** The field must be given. */
export const required = (field: string, why = ''): StatusCause => ({
  field,
  reason: 'FieldValueRequired',
  message: why ? `Required value: ${why}` : 'Required value',
});

/** The value breaks a rule; `why` says which. */
export const invalidValue = (field: string, value: unknown, why: string): StatusCause => ({
  field,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}: ${why}`,
});

/** The value has the wrong type; `why` says which type is accepted. */
export const wrongType = (field: string, value: unknown, why: string): StatusCause => ({
  field,
  reason: 'FieldValueTypeInvalid',
  message: `Invalid value: ${shown(value)}: ${why}`,
});

/** The value is none of a closed set. */
export const notSupported = (field: string, value: unknown, supported: readonly unknown[]): StatusCause => ({
  field,
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${supported.map(shown).join(', ')}`,
});

/** The value stands twice where it must be unique. */
export const duplicate = (field: string, value: unknown): StatusCause => ({
  field,
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${shown(value)}`,
});

/** The value names something that does not exist in the object. */
export const unknownName = (field: string, value: unknown): StatusCause => ({
  field,
  reason: 'FieldValueNotFound',
  message: `Not found: ${shown(value)}`,
});

/** The field may not be given, or may not be changed, here. */
export const forbiddenField = (field: string, why: string): StatusCause => ({
  field,
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
});

/** The data is larger than it may be. */
export const tooLong = (field: string, limit: number): StatusCause => ({
  field,
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${limit} bytes`,
});

/** The cause when `why` is a reason against the value; none when it is undefined. */
export const unless = (field: string, value: unknown, why: string | undefined): StatusCause[] =>
  why === undefined ? [] : [invalidValue(field, value, why)];

/** A cause for each value that has stood before; `field` gives the path of the item at an index. */
export function duplicates(values: readonly (string | undefined)[], field: (index: number) => string): StatusCause[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (value === undefined) return [];
    if (seen.has(value)) return [duplicate(field(index), value)];
    seen.add(value);
    return [];
  });
}
