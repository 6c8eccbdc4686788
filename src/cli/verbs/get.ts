/** `get`: objects as tables or as data; with `-w` their changes too. */

import type { Kind } from '../../common/model/kind.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { metricsKindFor } from '../../common/model/metrics-kinds.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { findValues, valueText } from '../jsonpath/evaluate.ts';
import { parseRelaxed } from '../jsonpath/parse.ts';
import { statusPaint } from '../print/colour.ts';
import { emit, note } from '../print/emit.ts';
import { type Item, parseFormat, readingPath } from '../print/output.ts';
import { columnWidths, tableText } from '../print/table.ts';
import { displayName, keyOf, parseWanted, type Wanted } from '../resources.ts';
import { eachOf } from '../select.ts';
import { type Session, withSession } from '../session.ts';
import { follow, stopped } from '../until.ts';
import type { Call } from '../verb.ts';

export type GetOptions = {
  readonly output?: string;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
  readonly watchOnly?: boolean;
  readonly headers?: boolean;
  readonly showLabels?: boolean;
  readonly sortBy?: string;
  readonly ignoreNotFound?: boolean;
};
type Columns = { readonly headers: readonly string[]; row(object: KubeObject): readonly string[] };

export async function get(io: Io, { args, options, globals }: Call<GetOptions>): Promise<ExitCode> {
  const wanted = parseWanted(args);
  const format = parseFormat(options.output);
  const named = wanted.some(({ names }) => names.length > 0);
  if (named && (options.allNamespaces || options.selector !== undefined))
    throw usageError('a name goes neither with -A nor with a selector');
  return await withSession(io, globals, async (session) => {
    if (options.watch || options.watchOnly) return await watch(io, session, wanted, options);
    const { items, code } = await fetch(io, session, wanted, options);
    const sorted = sortItems(items, options.sortBy);
    const single = named && wanted.length === 1 && wanted[0]?.names.length === 1;
    if (format.format === 'text') {
      if (!single || sorted.length > 0) await emit(io, format.render(sorted, single));
    } else if (sorted.length > 0) await io.stdout.write(tables(io, sorted, wanted, options, format.wide));
    else if (!named) await note(io, `No resources found${scopeText(session, wanted, options)}`);
    return code;
  });
}

function scopeText({ target }: Session, wanted: readonly Wanted[], { allNamespaces }: GetOptions): string {
  return allNamespaces || wanted.every(({ kind }) => !kind.namespaced) ? '' : ` in ${target.namespace} namespace.`;
}

async function fetch(io: Io, session: Session, wanted: readonly Wanted[], options: GetOptions) {
  const { api, target } = session;
  const items: Item[] = [];
  let code: ExitCode = exitCode.ok;
  const forgive = options.ignoreNotFound ? [exitCode.notFound] : [];
  for (const { kind, names } of wanted) {
    if (names.length === 0) items.push(...(await listed(session, kind, options)));
    const failed = await eachOf(
      io,
      session,
      names,
      async (name) => {
        items.push({ kind, object: await api.get(keyOf(kind, target.namespace, name)) });
      },
      forgive,
    );
    if (code === exitCode.ok) code = failed;
  }
  return { items, code };
}

async function listed({ api, target }: Session, kind: Kind, options: GetOptions): Promise<readonly Item[]> {
  const namespace = options.allNamespaces || !kind.namespaced ? undefined : target.namespace;
  const { selector: labelSelector, fieldSelector } = options;
  const { items } = await api.list(kind.plural, { namespace, labelSelector, fieldSelector });
  const order = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  const sorted = items.toSorted((a, b) => Number(order(a) > order(b)) - Number(order(a) < order(b)));
  return sorted.map((object) => ({ kind, object }));
}

function sortItems(items: readonly Item[], sortBy: string | undefined): readonly Item[] {
  if (sortBy === undefined) return items;
  const path = readingPath(() => parseRelaxed(sortBy));
  const keyed = items.map((item) => ({ item, value: findValues(path, item.object)[0] }));
  const compare = (a: unknown, b: unknown): number =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : valueText(a ?? '').localeCompare(valueText(b ?? ''), 'en', { numeric: true });
  return keyed.toSorted((a, b) => compare(a.value, b.value)).map(({ item }) => item);
}

function tables(io: Io, items: readonly Item[], wanted: readonly Wanted[], options: GetOptions, wide: boolean): string {
  const kinds = [...new Set(wanted.map(({ kind }) => kind))];
  const parts = kinds.flatMap((kind) => {
    const objects = items.filter((item) => item.kind === kind).map(({ object }) => object);
    if (objects.length === 0) return [];
    const { headers, row } = columnsOf(kind, options, wide, kinds.length > 1, () => io.clock.wall());
    return [
      tableText({ headers, rows: objects.map(row), noHeaders: options.headers === false, paint: statusPaint(io) }),
    ];
  });
  return parts.join('\n');
}

/** The kind's columns, with those that flags add; names are qualified where several kinds are shown. */
function columnsOf(kind: Kind, options: GetOptions, wide: boolean, several: boolean, now: () => number): Columns {
  const columns = kind.columns.filter((column) => wide || !column.wide);
  const withNamespace = options.allNamespaces && kind.namespaced;
  return {
    headers: [
      ...(withNamespace ? ['NAMESPACE'] : []),
      ...columns.map(({ name }) => name),
      ...(options.showLabels ? ['LABELS'] : []),
    ],
    row: (object) => {
      const cells = columns.map((column) => {
        if (several && column.name === 'NAME') return displayName(kind, object.metadata.name);
        return column.value(object, now());
      });
      const labels = Object.entries(object.metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`);
      return [
        ...(withNamespace ? [object.metadata.namespace ?? ''] : []),
        ...cells,
        ...(options.showLabels ? [labels.join(',') || '<none>'] : []),
      ];
    },
  };
}

async function watch(
  io: Io,
  { api, target }: Session,
  wanted: readonly Wanted[],
  options: GetOptions,
): Promise<ExitCode> {
  const [one, ...others] = wanted;
  if (one === undefined || others.length > 0 || one.names.length > 1)
    throw usageError('-w watches one kind, or one object');
  const { kind, names } = one;
  if (metricsKindFor(kind.plural))
    throw usageError(`${kind.plural} can not be watched: bramble top --watch looks again and again`);
  const format = parseFormat(options.output);
  const { headers, row } = columnsOf(kind, options, format.format === 'table' && format.wide, false, () =>
    io.clock.wall(),
  );
  const fieldSelector = names[0] === undefined ? options.fieldSelector : `metadata.name=${names[0]}`;
  const namespace = options.allNamespaces || !kind.namespaced ? undefined : target.namespace;
  let widths: readonly number[] = [];
  let noHeaders = options.headers === false;
  const show = async (objects: readonly KubeObject[]): Promise<void> => {
    if (objects.length === 0) return;
    if (format.format === 'text') {
      for (const object of objects) await emit(io, format.render([{ kind, object }], true));
      return;
    }
    const table = { headers, rows: objects.map(row), widths, noHeaders, paint: statusPaint(io) };
    widths = columnWidths(table);
    noHeaders = true;
    await io.stdout.write(tableText(table));
  };
  const changes = api.watch(kind.plural, {
    namespace,
    labelSelector: options.selector,
    fieldSelector,
    signal: io.stop,
  });
  await follow(changes, async (objects, what) => {
    if (what !== 'first' || !options.watchOnly) await show(objects);
  });
  throw stopped(io);
}
