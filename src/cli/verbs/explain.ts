/** `explain`: what a kind or field means, from the schemas. Needs no cluster. */

import { type ExplainedField, type Explanation, explain as explainPath } from '../../common/model/explain.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { emit } from '../print/emit.ts';
import type { Call } from '../verb.ts';

export type ExplainOptions = { readonly recursive?: boolean };

const deepest = 12;

export async function explain(io: Io, { args, options }: Call<ExplainOptions>): Promise<ExitCode> {
  const [path] = args;
  if (path === undefined || args.length > 1) throw usageError('name one kind or field, such as pod.spec.containers');
  const found = explainPath(path);
  if (!found.ok) throw usageError(found.message);
  await emit(
    io,
    options.recursive
      ? head(found.explanation) + tree(found.explanation.path, '  ', deepest)
      : whole(found.explanation),
  );
  return exitCode.ok;
}

function head(explanation: Explanation): string {
  const { kind, apiVersion, path, type, description, fields } = explanation;
  const field = path.includes('.') ? `FIELD:      ${path.split('.').at(-1)} <${type}>\n` : '';
  const title = `KIND:       ${kind}\nVERSION:    ${apiVersion}\n${field}\nDESCRIPTION:\n    ${description}\n`;
  const told = title + notes(explanation);
  return fields.length === 0 ? told : `${told}\nFIELDS:\n`;
}

function whole(explanation: Explanation): string {
  const fields = explanation.fields.map((field) => `${line(field, '  ')}    ${field.description}\n${notes(field)}\n`);
  const { unsupported } = explanation;
  const not = unsupported.length === 0 ? '' : `NOT SUPPORTED by this version:\n    ${unsupported.join(', ')}\n`;
  return head(explanation) + fields.join('') + (not === '' ? '' : `\n${not}`);
}

/** What a field may be and is without being given. */
function notes({ choices, default: fallback }: Pick<ExplainedField, 'choices' | 'default'>): string {
  const lines = [
    ...(choices === undefined ? [] : [`One of: ${choices.map(String).join(', ')}`]),
    ...(fallback === undefined ? [] : [`Default: ${JSON.stringify(fallback)}`]),
  ];
  return lines.map((text) => `    ${text}\n`).join('');
}

function line({ name, type, required }: ExplainedField, indent: string): string {
  return `${indent}${name}\t<${type}>${required ? ' -required-' : ''}\n`;
}

function tree(path: string, indent: string, depth: number): string {
  const found = explainPath(path);
  if (!found.ok || depth === 0) return '';
  return found.explanation.fields
    .map((field) => line(field, indent) + tree(`${path}.${field.name}`, `${indent}  `, depth - 1))
    .join('');
}
