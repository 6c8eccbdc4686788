/** `events`: what happened, oldest first. */

import type { Event } from '../../common/model/event.ts';
import { kinds } from '../../common/model/kinds.ts';
import type { ExitCode } from '../errors.ts';
import { exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { statusPaint } from '../print/colour.ts';
import { emit, note } from '../print/emit.ts';
import { parseFormat } from '../print/output.ts';
import { columnWidths, tableText } from '../print/table.ts';
import { parseOne } from '../resources.ts';
import { withSession } from '../session.ts';
import { follow, stopped } from '../until.ts';
import type { Call } from '../verb.ts';
import { oldestFirst } from './describe.ts';

export type EventsOptions = {
  readonly for?: string;
  readonly watch?: boolean;
  readonly allNamespaces?: boolean;
  readonly types?: readonly string[];
  readonly output?: string;
  readonly headers?: boolean;
};

export async function events(io: Io, { options, globals }: Call<EventsOptions>): Promise<ExitCode> {
  const about = options.for === undefined ? undefined : parseOne([options.for]);
  const format = parseFormat(options.output);
  const kind = kinds.Event;
  const columns = kind.columns.filter(({ wide }) => !wide);
  const headers = [...(options.allNamespaces ? ['NAMESPACE'] : []), ...columns.map(({ name }) => name)];
  const matches = ({ involvedObject: of, type = '' }: Event): boolean =>
    (about === undefined || (of.kind === about.kind.kind && of.name === about.name)) &&
    (options.types === undefined || options.types.some((wanted) => wanted.toLowerCase() === type.toLowerCase()));
  let widths: readonly number[] = [];
  let noHeaders = options.headers === false;
  const show = async (found: readonly Event[]): Promise<void> => {
    if (found.length === 0 && format.format === 'table') return;
    if (format.format === 'text')
      return await emit(
        io,
        format.render(
          found.map((object) => ({ kind, object })),
          false,
        ),
      );
    const rows = found.map((event) => [
      ...(options.allNamespaces ? [event.metadata.namespace ?? ''] : []),
      ...columns.map((column) => column.value(event, io.clock.wall())),
    ]);
    const table = { headers, rows, widths, noHeaders, paint: statusPaint(io) };
    widths = columnWidths(table);
    noHeaders = true;
    await io.stdout.write(tableText(table));
  };
  return await withSession(io, globals, async ({ api, target }) => {
    const namespace = options.allNamespaces ? undefined : target.namespace;
    const sorted = (all: readonly Event[]): Event[] => all.filter(matches).toSorted(oldestFirst);
    if (!options.watch) {
      const found = sorted((await api.list(kind.plural, { namespace })).items as readonly Event[]);
      if (found.length > 0 || format.format === 'text') await show(found);
      else await note(io, `No events found${namespace === undefined ? '.' : ` in ${namespace} namespace.`}`);
      return exitCode.ok;
    }
    const changes = api.watch(kind.plural, { namespace, signal: io.stop });
    await follow(changes, async (found, what) => {
      if (what !== 'DELETED') await show(sorted(found as readonly Event[]));
    });
    throw stopped(io);
  });
}
