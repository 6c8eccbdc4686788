/**
 * Input becomes objects. Strict parsing is for what people write: it refuses unknown fields and checks the rules
 * across fields. Tolerant parsing is for the wire and the store, where a newer version may have written: it keeps
 * unknown fields and checks shapes only.
 */
import { isRecord } from '../lib/deep.ts';
import { nearest } from '../lib/nearest.ts';
import { complete } from './complete.ts';
import type { Kind } from './kind.ts';
import type { KubeObject } from './meta.ts';
import { wrongType } from './rules/cause.ts';
import { metaCauses } from './rules/meta.ts';
import { causeOf, fieldPath } from './schema-causes.ts';
import { shapeOf, titleOf } from './schema-shape.ts';
import type { StatusCause } from './status.ts';
import { unsupportedFields } from './unsupported.ts';

export type ParseResult<T> =
  | { readonly ok: true; readonly object: T }
  | { readonly ok: false; readonly causes: readonly StatusCause[] };

/** What shape an object of a kind has. */
type Shape<T extends KubeObject> = Pick<Kind<T>, 'schema' | 'defaults'>;

/**
 * Parses an object that a person wrote: with all defaults, or every cause against it. What another cluster noted in
 * an exported object (status, managedFields, selfLink) is left out: it is not a wish.
 */
export function parseStrict<T extends KubeObject>(kind: Kind<T>, input: unknown): ParseResult<T> {
  const unknown: StatusCause[] = [];
  const parsed = parseShape(kind, withoutNotes(input), (path, name, schema) =>
    unknown.push(unknownCause(fieldPath([...path, name]), name, titleOf(schema), Object.keys(shapeOf(schema) ?? {}))),
  );
  if (!parsed.ok) return { ok: false, causes: [...unknown, ...parsed.causes] };
  const causes = [...unknown, ...validateObject(kind, parsed.object)];
  return causes.length > 0 ? { ok: false, causes } : parsed;
}

/** Parses an object from the wire or the store: fills in defaults, keeps unknown fields, checks shapes only. */
export function parseTolerant<T extends KubeObject>(kind: Shape<T>, input: unknown): ParseResult<T> {
  return parseShape(kind, input);
}

/** The rules across fields that an object breaks: names, labels, selectors, references within the object. */
export function validateObject<T extends KubeObject>(kind: Kind<T>, object: T): readonly StatusCause[] {
  return [...metaCauses(kind, object.metadata), ...(kind.validate?.(object) ?? [])];
}

/**
 * The rules that a change from `stored` to `next` breaks: fields that never change. What an older version has stored
 * lacks the defaults of newer fields: that `next` has them is no change.
 */
export function validateChange<T extends KubeObject>(kind: Kind<T>, next: T, stored: T): readonly StatusCause[] {
  return kind.validateUpdate?.(next, applyDefaults(kind, stored)) ?? [];
}

/** The object with all defaults, those that depend on other fields too. It must have the kind's shape. */
export function applyDefaults<T extends KubeObject>(kind: Kind<T>, object: T): T {
  const completed = complete(kind.schema, object) as T;
  return kind.defaults?.(completed) ?? completed;
}

function parseShape<T extends KubeObject>(
  kind: Shape<T>,
  input: unknown,
  onUnknown?: Parameters<typeof complete>[2],
): ParseResult<T> {
  if (!isRecord(input)) return { ok: false, causes: [wrongType('', input, 'must be an object with named fields')] };
  const completed = complete(kind.schema, input, onUnknown);
  const checked = kind.schema.safeParse(completed);
  if (!checked.success) return { ok: false, causes: checked.error.issues.map((issue) => causeOf(issue, completed)) };
  // Not zod's output, which lacks the unknown fields that tolerant parsing keeps.
  const object = completed as T;
  return { ok: true, object: kind.defaults?.(object) ?? object };
}

function withoutNotes(input: unknown): unknown {
  if (!isRecord(input)) return input;
  const { status: _status, ...object } = input;
  if (!isRecord(object['metadata'])) return object;
  const { managedFields: _managed, selfLink: _self, ...metadata } = object['metadata'];
  return { ...object, metadata };
}

function unknownCause(field: string, name: string, title: string, known: readonly string[]): StatusCause {
  if (unsupportedFields(title).includes(name)) {
    return { field, reason: 'FieldNotSupported', message: 'is not supported by this version of Bramble' };
  }
  const near = nearest(name, known);
  const hint = near === undefined ? `known fields are ${known.join(', ')}` : `did you mean "${near}"?`;
  return { field, reason: 'FieldUnknown', message: `unknown field; ${hint}` };
}
