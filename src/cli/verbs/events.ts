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
import { stopped } from '../until.ts';
import type { Call } from '../verb.ts';
import { lastTime } from './describe.ts';

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
      ...columns.map((column) => column.value(event, io.clock.now())),
    ]);
    const table = { headers, rows, widths, noHeaders, paint: statusPaint(io) };
    widths = columnWidths(table);
    noHeaders = true;
    await io.stdout.write(tableText(table));
  };
  return await withSession(io, globals, async ({ api, target }) => {
    const namespace = options.allNamespaces ? undefined : target.namespace;
    const sorted = (all: readonly Event[]): Event[] =>
      all.filter(matches).toSorted((a, b) => lastTime(a).localeCompare(lastTime(b)));
    if (!options.watch) {
      const found = sorted((await api.list(kind.plural, { namespace })).items as readonly Event[]);
      if (found.length > 0 || format.format === 'text') await show(found);
      else
        await note(
          io,
          options.allNamespaces ? 'No events found.' : `No events found in ${target.namespace} namespace.`,
        );
      return exitCode.ok;
    }
    let first: Event[] | undefined = [];
    for await (const event of api.watch(kind.plural, { namespace, signal: io.stop })) {
      if (event.type === 'SYNCED') {
        await show(sorted(first ?? []));
        first = undefined;
      } else if (event.type === 'DELETED') continue;
      else if (first !== undefined) first.push(event.object as Event);
      else if (matches(event.object as Event)) await show([event.object as Event]);
    }
    throw stopped(io);
  });
}
