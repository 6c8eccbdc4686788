/** The reference pages and JSON Schemas, as text, made from the table of kinds. */
import { z } from 'zod';
import { contentOf, type ExplainedField, explain } from '../src/common/model/explain.ts';
import type { Kind } from '../src/common/model/kind.ts';
import { allKinds, resourceName } from '../src/common/model/kinds.ts';
import { shapeOf, titleOf } from '../src/common/model/schema-shape.ts';

/** Every generated file: its path below docs/reference, and its text. */
export function referenceFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const kind of allKinds) {
    files.set(`${kind.singular}.md`, page(kind));
    files.set(`schemas/${kind.singular}.json`, `${JSON.stringify(jsonSchema(kind), null, 2)}\n`);
  }
  return files;
}

/** The JSON Schema of what people write: unknown fields are refused, a quantity may be a number. */
function jsonSchema(kind: Kind): unknown {
  return z.toJSONSchema(kind.schema, {
    io: 'input',
    override({ zodSchema, jsonSchema: made }) {
      if (made.type === 'object' && made.properties) made.additionalProperties = false;
      if (titleOf(zodSchema) === 'Quantity') made.type = ['string', 'number'] as unknown as 'string';
    },
  });
}

function page(kind: Kind): string {
  const sections = typePaths(kind).map((path) => section(path));
  const names = [kind.plural, kind.singular, ...kind.shortNames].map((name) => `\`${name}\``).join(', ');
  return [
    `# ${kind.kind}`,
    '',
    '<!-- Made by scripts/reference.ts from the schemas. Do not edit. -->',
    '',
    `apiVersion \`${kind.apiVersion}\`, resource \`${resourceName(kind)}\`, ${kind.namespaced ? 'in a namespace' : 'cluster-wide'}. On the command line: ${names}.`,
    '',
    `JSON Schema: [schemas/${kind.singular}.json](schemas/${kind.singular}.json).`,
    '',
    sections.join('\n'),
  ].join('\n');
}

/** The first path to each type that has fields, from the kind down. */
function typePaths(kind: Kind): string[] {
  const seen = new Set<string>();
  const visit = (schema: z.core.$ZodType, path: string): string[] => {
    const content = contentOf(schema);
    const shape = shapeOf(content);
    if (!shape || seen.has(titleOf(content))) return [];
    seen.add(titleOf(content));
    return [path, ...Object.entries(shape).flatMap(([name, field]) => visit(field, `${path}.${name}`))];
  };
  return visit(kind.schema, kind.singular);
}

function section(path: string): string {
  const explained = explain(path);
  if (!explained.ok) throw new Error(explained.message);
  const { description, fields, type, unsupported } = explained.explanation;
  const title = type.replace(/^(\[\]|map\[string\])+/, '');
  const rows = fields.map((field) => `| \`${field.name}\` | ${cell(field.type)} | ${cell(text(field))} |`);
  const refused = unsupported.map((name) => `\`${name}\``).join(', ');
  return [
    `## ${title}`,
    '',
    `\`${path}\`: ${description}`,
    '',
    '| field | type | |',
    '| --- | --- | --- |',
    ...rows,
    '',
    ...(refused ? [`Not supported by this version, and refused: ${refused}.`, ''] : []),
  ].join('\n');
}

function text(field: ExplainedField): string {
  const choices = field.choices?.map((choice) => `\`${JSON.stringify(choice)}\``).join(', ');
  const fallback = field.default === undefined ? '' : ` Default: \`${JSON.stringify(field.default)}\`.`;
  return `${field.required ? '**Required.** ' : ''}${field.description}${choices ? ` One of ${choices}.` : ''}${fallback}`;
}

const cell = (content: string): string => content.replaceAll('|', '\\|');
