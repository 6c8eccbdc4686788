/** Labelled fields as `describe` prints them: values of one block in one column, blocks below their label indented. */

/** One value beside its label, several lines of it (none: `<none>`), or a block below. */
export type FieldValue = string | readonly string[] | { readonly below: Fields | readonly string[] };
export type Fields = readonly (readonly [label: string, value: FieldValue])[];

/** The text of the fields, each line ended. */
export function fieldsText(fields: Fields, indent = ''): string {
  const beside = fields.filter(([, value]) => !isBlock(value));
  const width = Math.max(0, ...beside.map(([label]) => label.length)) + 3;
  const texts = fields.map(([label, value]) => {
    if (isBlock(value)) return `${indent}${label}:\n${below(value.below, `${indent}  `)}`;
    const lines = (typeof value === 'string' ? [value] : value).flatMap((text) => text.trimEnd().split('\n'));
    const [first = '', ...others] = lines.length === 0 ? ['<none>'] : lines;
    const more = others.map((line) => `${indent}${' '.repeat(width)}${line}\n`).join('');
    return `${`${indent}${`${label}:`.padEnd(width)}${first}`.trimEnd()}\n${more}`;
  });
  return texts.join('');
}

/** `a=1` for each entry. */
export function pairs(map: Readonly<Record<string, string>> | undefined, separator: string): readonly string[] {
  return Object.entries(map ?? {}).map(([key, value]) => `${key}${separator}${value}`);
}

/** The field with a block below it, or nothing where the block is empty. */
export function block(label: string, content: Fields | readonly string[]): Fields {
  return content.length === 0 ? [] : [[label, { below: content }]];
}

/** The field with a block below it, or `<none>` beside it where the block is empty. */
export const orNone = (label: string, content: Fields | readonly string[]): Fields[number] =>
  content.length === 0 ? [label, '<none>'] : [label, { below: content }];

/** The field, or nothing without a value. */
export function maybe(label: string, value: string | number | boolean | undefined): Fields {
  return value === undefined || value === '' ? [] : [[label, String(value)]];
}

function isBlock(value: FieldValue): value is { readonly below: Fields | readonly string[] } {
  return typeof value === 'object' && 'below' in value;
}

function below(content: Fields | readonly string[], indent: string): string {
  if (content.every((item) => typeof item === 'string'))
    return content
      .flatMap((item) => item.trimEnd().split('\n'))
      .map((line) => `${indent}${line}\n`)
      .join('');
  return fieldsText(content as Fields, indent);
}
