/** The table of events. */
import type { Event } from '../event.ts';
import type { Column } from '../kind.ts';
import { ago } from './cells.ts';

function lastSeen(event: Event, now: number): string {
  const count = event.series?.count ?? event.count ?? 1;
  const first = event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first;
  return count > 1 ? `${ago(last, now)} (x${count} over ${ago(first, now)})` : ago(last, now);
}

const objectText = ({ involvedObject: { kind = '', name = '' } }: Event): string => `${kind.toLowerCase()}/${name}`;

const sourceText = ({ source, reportingComponent, reportingInstance }: Event): string => {
  const parts = [source?.component ?? reportingComponent, source?.host ?? reportingInstance];
  return parts.filter((part) => part).join(', ');
};

export const eventColumns: readonly Column<Event>[] = [
  { name: 'LAST SEEN', value: lastSeen },
  { name: 'TYPE', value: (event) => event.type ?? '' },
  { name: 'REASON', value: (event) => event.reason ?? '' },
  { name: 'OBJECT', value: objectText },
  { name: 'SUBOBJECT', wide: true, value: (event) => event.involvedObject.fieldPath ?? '' },
  { name: 'SOURCE', wide: true, value: sourceText },
  { name: 'MESSAGE', value: (event) => (event.message ?? '').trim() },
  {
    name: 'FIRST SEEN',
    wide: true,
    value: (event, now) => ago(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp, now),
  },
  { name: 'COUNT', wide: true, value: (event) => `${event.series?.count ?? event.count ?? 1}` },
  { name: 'NAME', wide: true, value: (event) => event.metadata.name },
];
