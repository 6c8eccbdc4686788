/** Reads zod schemas as data: what `parse` walks along, and what `explain` and the reference pages show. */
import * as z from 'zod';

type Def = z.core.$ZodTypes['_zod']['def'];
const defOf = (schema: z.core.$ZodType): Def => (schema as z.core.$ZodTypes)._zod.def;

/** A field's schema without its wrappers, and what the wrappers said. */
export type Field = {
  readonly base: z.core.$ZodType;
  readonly optional: boolean;
  /** The value of an absent field; undefined when there is none. */
  readonly fallback: unknown;
  readonly description: string;
};

/** Takes `.optional()` and `.default()` off a schema. */
export function fieldOf(schema: z.core.$ZodType): Field {
  let base = schema;
  let optional = false;
  let fallback: unknown;
  let description = descriptionOf(schema);
  for (let def = defOf(base); def.type === 'optional' || def.type === 'default'; def = defOf(base)) {
    optional = true;
    if (def.type === 'default') fallback = def.defaultValue;
    base = def.innerType;
    description ||= descriptionOf(base);
  }
  return { base, optional, fallback, description };
}

const descriptionOf = (schema: z.core.$ZodType): string => z.globalRegistry.get(schema)?.description ?? '';

/** The name of a schema's type, such as PodSpec or Quantity, or the empty text. */
export const titleOf = (schema: z.core.$ZodType): string => z.globalRegistry.get(schema)?.title ?? '';

/** The fields of an object schema, or undefined for other schemas. */
export function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const def = defOf(schema);
  return def.type === 'object' ? def.shape : undefined;
}

/** The schema of a list's items, or undefined for other schemas. */
export function itemOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const def = defOf(schema);
  return def.type === 'array' ? def.element : undefined;
}

/** The schema of a map's values, or undefined for other schemas. */
export function entryOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const def = defOf(schema);
  return def.type === 'record' ? def.valueType : undefined;
}

/** The closed set of values that a schema accepts, or undefined. */
export function choicesOf(schema: z.core.$ZodType): readonly unknown[] | undefined {
  const def = defOf(schema);
  if (def.type === 'enum') return Object.values(def.entries);
  return def.type === 'literal' ? def.values : undefined;
}

/** The type as `explain` writes it: `string`, `integer`, `[]Container`, `map[string]Quantity`, … */
export function typeName(schema: z.core.$ZodType): string {
  const { base } = fieldOf(schema);
  const def = defOf(base);
  if (def.type === 'array') return `[]${typeName(def.element)}`;
  if (def.type === 'record') return `map[string]${typeName(def.valueType)}`;
  const title = titleOf(base);
  if (title) return title;
  if (def.type === 'literal') return typeof def.values[0];
  if (def.type === 'enum') return 'string';
  return def.type === 'number' ? 'integer' : def.type;
}
