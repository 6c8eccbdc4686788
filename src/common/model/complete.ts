/** Fills in the schemas' defaults and finds unknown fields, in one walk along a schema and its input. */

import type { z } from 'zod';
import { isRecord, own, setOwn } from '../lib/deep.ts';
import { entryOf, fieldOf, itemOf, shapeOf, titleOf } from './schema-shape.ts';

/** Told of each field that the schema does not know: the path of its object, its name, and the object's schema. */
export type OnUnknown = (path: readonly PropertyKey[], name: string, schema: z.core.$ZodType) => void;

/**
 * A copy of `input` with the defaults of `schema`. As in Kubernetes, a field that is null counts as absent, and a
 * quantity may be written as a number. Unknown fields are kept, values of a wrong type are left for the schema to
 * refuse.
 */
export function complete(schema: z.core.$ZodType, input: unknown, onUnknown: OnUnknown = () => {}): unknown {
  return walk(schema, input, [], onUnknown);
}

function walk(schema: z.core.$ZodType, input: unknown, path: readonly PropertyKey[], onUnknown: OnUnknown): unknown {
  const { base, fallback } = fieldOf(schema);
  const value = input ?? fallback;
  const shape = shapeOf(base);
  if (shape) return isRecord(value) ? walkObject(base, shape, value, path, onUnknown) : value;
  const item = itemOf(base);
  if (item) return Array.isArray(value) ? value.map((inner, i) => walk(item, inner, [...path, i], onUnknown)) : value;
  const values = entryOf(base);
  if (values && isRecord(value)) {
    const copy: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value)) setOwn(copy, key, walk(values, inner, [...path, key], onUnknown));
    return copy;
  }
  return typeof value === 'number' && titleOf(base) === 'Quantity' ? String(value) : value;
}

function walkObject(
  schema: z.core.$ZodType,
  shape: Readonly<Record<string, z.core.$ZodType>>,
  value: Record<string, unknown>,
  path: readonly PropertyKey[],
  onUnknown: OnUnknown,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(shape)) {
    const inner = walk(field, own(value, name), [...path, name], onUnknown);
    if (inner !== undefined) copy[name] = inner;
  }
  for (const [name, inner] of Object.entries(value)) {
    if (Object.hasOwn(shape, name)) continue;
    onUnknown(path, name, schema);
    setOwn(copy, name, inner);
  }
  return copy;
}
