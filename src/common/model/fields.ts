/**
 * Small builders for schema fields, so that each field of a model reads as one line with its description. They
 * register the description on the new schema itself; `.describe` would make a second schema of each.
 */
import * as z from 'zod';

/** A text field. */
export const text = (description: string) => z.string().register(z.globalRegistry, { description });

/** An integer field; whole numbers of 32 bits, as most of Kubernetes' integers are. */
export const int32 = (description: string, min = 0, max = 2 ** 31 - 1) =>
  z.int().min(min).max(max).register(z.globalRegistry, { description });

/** A true or false field. */
export const flag = (description: string) => z.boolean().register(z.globalRegistry, { description });

/** A field with a closed set of values. */
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T, description: string) =>
  z.enum(values).register(z.globalRegistry, { description });

/** A list field. */
export const listOf = <T extends z.ZodType>(item: T, description: string) =>
  z.array(item).register(z.globalRegistry, { description });

/** A map from names to values. */
export const mapOf = <T extends z.ZodType>(value: T, description: string) =>
  z.record(z.string(), value).register(z.globalRegistry, { description });

/**
 * A named object type: `title` is its name in `explain`, in the JSON Schemas and in the table of unsupported fields.
 * Unknown fields are left to `parse`: strict parsing refuses them, tolerant parsing keeps them.
 */
export const object = <S extends z.core.$ZodLooseShape>(title: string, description: string, shape: S) =>
  z.object(shape).register(z.globalRegistry, { id: title, title, description });

/** An RFC 3339 time, kept as text. */
export const time = (description: string) =>
  z
    .string()
    .regex(
      /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
      'must be an RFC 3339 time like 2026-01-02T03:04:05Z',
    )
    .register(z.globalRegistry, { title: 'Time', description });

const podsOrPercent = 'must be a whole number of pods or a percentage like 25%';
/** A number of pods, or a share of all of them. */
export const intOrPercent = (description: string) =>
  z
    .union([z.int().min(0), z.string().regex(/^\d{1,9}%$/, podsOrPercent)], { error: podsOrPercent })
    .meta({ title: 'IntOrString', description });
