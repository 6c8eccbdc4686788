/** What `bramble explain` shows: a type or field, its description and its fields, read from the schemas. */
import type { z } from 'zod';
import { nearest } from '../lib/nearest.ts';
import type { Kind } from './kind.ts';
import { allKinds, nearestResource, resourceFor } from './kinds.ts';
import { choicesOf, entryOf, fieldOf, itemOf, shapeOf, titleOf, typeName } from './schema-shape.ts';
import { unsupportedFields } from './unsupported.ts';

export type ExplainedField = {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
  /** The value of an absent field. */
  readonly default?: unknown;
  /** The only values that are accepted. */
  readonly choices?: readonly unknown[];
};
export type Explanation = ExplainedField & {
  readonly kind: string;
  readonly apiVersion: string;
  /** From the kind down, such as `pod.spec.containers`. */
  readonly path: string;
  readonly fields: readonly ExplainedField[];
  /** Fields that Kubernetes has here and this version refuses. */
  readonly unsupported: readonly string[];
};
export type Explained =
  | { readonly ok: true; readonly explanation: Explanation }
  | { readonly ok: false; readonly message: string };

/** Explains a path such as `pod`, `deploy.spec.strategy` or `pods.spec.containers.env`; lists are looked through. */
export function explain(path: string): Explained {
  const [resource = '', ...steps] = path.split('.');
  const kind = resourceFor(resource);
  if (!kind) return { ok: false, message: unknownResource(resource) };
  let field = explainedField(kind.singular, kind.schema);
  let schema = contentOf(kind.schema);
  let at: string = kind.singular;
  for (const step of steps) {
    const shape = shapeOf(schema) ?? {};
    const next = Object.hasOwn(shape, step) ? shape[step] : undefined;
    if (!next) return { ok: false, message: unknownField(at, step, schema) };
    field = explainedField(step, next);
    schema = contentOf(next);
    at += `.${step}`;
  }
  return { ok: true, explanation: explanationOf(kind, at, field, schema) };
}

function explanationOf(kind: Kind, path: string, field: ExplainedField, schema: z.core.$ZodType): Explanation {
  const fields = Object.entries(shapeOf(schema) ?? {}).map(([name, inner]) => explainedField(name, inner));
  const unsupported = unsupportedFields(titleOf(schema));
  return { ...field, kind: kind.kind, apiVersion: kind.apiVersion, path, fields, unsupported };
}

/** The object that a field holds, itself or in a list or map. */
export function contentOf(schema: z.core.$ZodType): z.core.$ZodType {
  const { base } = fieldOf(schema);
  const inner = itemOf(base) ?? entryOf(base);
  return inner ? contentOf(inner) : base;
}

function explainedField(name: string, schema: z.core.$ZodType): ExplainedField {
  const { base, optional, fallback, description } = fieldOf(schema);
  const choices = choicesOf(base);
  return {
    name,
    type: typeName(schema),
    description,
    required: !optional,
    ...(fallback !== undefined && { default: fallback }),
    ...(choices && { choices }),
  };
}

function unknownResource(name: string): string {
  const near = nearestResource(name);
  const hint = near ? `did you mean "${near}"?` : `known are ${allKinds.map((kind) => kind.plural).join(', ')}`;
  return `no resource type "${name}"; ${hint}`;
}

function unknownField(at: string, step: string, schema: z.core.$ZodType): string {
  const known = Object.keys(shapeOf(schema) ?? {});
  if (unsupportedFields(titleOf(schema)).includes(step)) {
    return `field "${at}.${step}" is not supported by this version of Bramble`;
  }
  if (known.length === 0) return `field "${at}" has no fields`;
  const near = nearest(step, known);
  return `field "${at}.${step}" does not exist; ${near ? `did you mean "${near}"?` : `known fields are ${known.join(', ')}`}`;
}
