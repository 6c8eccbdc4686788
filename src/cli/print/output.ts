/** The formats of `-o`. */

import { stringify } from 'yaml';
import { nearest } from '../../common/lib/nearest.ts';
import type { Kind } from '../../common/model/kind.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { usageError } from '../errors.ts';
import { findValues, renderTemplate, valueText } from '../jsonpath/evaluate.ts';
import { parseRelaxed, parseTemplate } from '../jsonpath/parse.ts';
import { JsonPathError } from '../jsonpath/scan.ts';
import { displayName } from '../resources.ts';
import { tableText } from './table.ts';

/** One object with its kind. */
export type Item = { readonly kind: Kind; readonly object: KubeObject };
export type Format =
  | { readonly format: 'table'; readonly wide: boolean }
  /** `single`: one object was asked for by name, so it is not put into a List. */
  | { readonly format: 'text'; render(items: readonly Item[], single: boolean): string };

const names = ['wide', 'json', 'yaml', 'name', 'jsonpath=TEMPLATE', 'custom-columns=NAME:PATH,…'];

/** Reads the value of `-o`. Throws CliError. */
export function parseFormat(output: string | undefined): Format {
  if (output === undefined || output === '') return { format: 'table', wide: false };
  const [name = '', ...rest] = output.split('=');
  const value = rest.join('=');
  switch (name) {
    case 'wide':
      return { format: 'table', wide: true };
    case 'json':
      return text((items, single) => `${JSON.stringify(data(items, single), undefined, 4)}\n`);
    case 'yaml':
      return text((items, single) => stringify(data(items, single), { aliasDuplicateObjects: false, lineWidth: 0 }));
    case 'name':
      return text((items) => items.map(({ kind, object }) => `${displayName(kind, object.metadata.name)}\n`).join(''));
    case 'jsonpath': {
      const template = readingPath(() => parseTemplate(value));
      return text((items, single) => readingPath(() => renderTemplate(template, data(items, single))));
    }
    case 'custom-columns':
      return customColumns(value);
    default: {
      const near = nearest(
        name,
        names.map((known) => known.replace(/=.*/, '')),
      );
      throw usageError(
        `unknown output format ${JSON.stringify(name)}; ${near ? `did you mean "${near}"?` : `known are ${names.join(', ')}`}`,
      );
    }
  }
}

const text = (render: (items: readonly Item[], single: boolean) => string): Format => ({ format: 'text', render });

function data(items: readonly Item[], single: boolean): unknown {
  const [only] = items;
  if (single && only !== undefined) return only.object;
  return {
    apiVersion: 'v1',
    items: items.map(({ object }) => object),
    kind: 'List',
    metadata: { resourceVersion: '' },
  };
}

function customColumns(spec: string): Format {
  const columns = spec.split(',').map((column) => {
    const colon = column.indexOf(':');
    if (colon < 1) throw usageError(`custom-columns: ${JSON.stringify(column)} is not NAME:PATH`);
    return { header: column.slice(0, colon), path: readingPath(() => parseRelaxed(column.slice(colon + 1))) };
  });
  const cell = (path: ReturnType<typeof parseRelaxed>, object: KubeObject): string => {
    const values = readingPath(() => findValues(path, object));
    return values.length === 0 ? '<none>' : values.map(valueText).join(',');
  };
  return text((items) =>
    tableText({
      headers: columns.map(({ header }) => header),
      rows: items.map(({ object }) => columns.map(({ path }) => cell(path, object))),
    }),
  );
}

/** Does what may throw JsonPathError, and throws it as a mistake of the user. */
export function readingPath<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof JsonPathError ? usageError(`jsonpath: ${error.message}`) : error;
  }
}
