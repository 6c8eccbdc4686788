/** The text of `describe`: an object's fields, with conditions and events as tables. Pure. */

import { isRecord } from '../../common/lib/deep.ts';
import { ago } from '../../common/model/columns/cells.ts';
import type { Event } from '../../common/model/event.ts';
import type { KubeObject, ObjectMeta } from '../../common/model/meta.ts';
import { conditionsOf } from '../rollout-state.ts';
import { describeKind } from './describe-kinds.ts';
import { type Fields, fieldsText, maybe, pairs } from './fields.ts';
import { tableText } from './table.ts';

const hiddenNotes = new Set(['kubectl.kubernetes.io/last-applied-configuration']);
const width = 18;

/** Describes an object and the events about it; `now` in milliseconds since 1970. Ends with a line break. */
export function describeText(object: KubeObject, events: readonly Event[], now: number): string {
  const { metadata } = object;
  const notes = Object.entries(metadata.annotations ?? {}).filter(([name]) => !hiddenNotes.has(name));
  const told = describeKind(object);
  const head: Fields = [
    ['Name', metadata.name],
    ...maybe('Namespace', metadata.namespace),
    ...(told?.top ?? []),
    ['Labels', pairs(metadata.labels, '=')],
    ['Annotations', pairs(Object.fromEntries(notes), ': ')],
    ['CreationTimestamp', `${metadata.creationTimestamp ?? '<unknown>'} (${ago(metadata.creationTimestamp, now)} ago)`],
    ...(metadata.deletionTimestamp === undefined
      ? []
      : ([['Deleting', `for ${deletingFor(metadata, now)}`]] as Fields)),
  ];
  const own = told === undefined ? fieldsText(head) + asItIs(object) : fieldsText([...head, ...told.before]);
  const conditions = conditionsText(object.status, now);
  return [own, conditions, fieldsText(told?.after ?? []), eventsText(events, now)].join('');
}

/** How long ago the deletion was asked for: its timestamp is when the time to end is over. */
function deletingFor({ deletionTimestamp = '', deletionGracePeriodSeconds = 0 }: ObjectMeta, now: number): string {
  return ago(deletionTimestamp, now + deletionGracePeriodSeconds * 1000);
}

/** The fields of a kind for which there is no layout. */
function asItIs({ metadata: _meta, apiVersion: _version, kind: _kind, spec, status, ...others }: KubeObject): string {
  const { conditions: _conditions, ...state } = isRecord(status) ? status : {};
  return [...Object.entries(others), ['spec', spec] as const, ['status', state] as const]
    .map(([name, value]) => {
      if (!isRecord(value)) return value === undefined ? '' : fieldsText([[title(name), oneLine(value)]]);
      return Object.keys(value).length === 0 ? '' : `${title(name)}:\n${lines(value, '  ').join('')}`;
    })
    .join('');
}

/** `containerPort` ⇒ `Container Port`. */
function title(name: string): string {
  const spaced = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** A value's fields, one a line, indented; lists of named things by their names. */
function lines(value: unknown, indent: string): readonly string[] {
  if (Array.isArray(value))
    return value.flatMap((item) => {
      if (!isRecord(item)) return [`${indent}${oneLine(item)}\n`];
      const { name, ...others } = item;
      const heading = typeof name === 'string' ? name : '-';
      return [`${indent}${heading}:\n`, ...lines(others, `${indent}  `)];
    });
  if (!isRecord(value)) return [`${indent}${oneLine(value)}\n`];
  return Object.entries(value).flatMap(([key, inner]) => {
    const label = indent.length > 2 && /[./]/.test(key) ? key : title(key);
    const nested = (Array.isArray(inner) && inner.some(isRecord)) || isRecord(inner);
    if (nested && Object.keys(inner as object).length > 0)
      return [`${indent}${label}:\n`, ...lines(inner, `${indent}  `)];
    return [`${indent}${`${label}:`.padEnd(Math.max(1, width - indent.length))} ${oneLine(inner)}\n`];
  });
}

function oneLine(value: unknown): string {
  if (typeof value === 'string') return value.trimEnd().replaceAll('\n', `\n${' '.repeat(width + 1)}`);
  if (Array.isArray(value)) return value.length === 0 ? '<none>' : value.map(String).join(', ');
  return isRecord(value) ? '{}' : String(value);
}

function conditionsText(status: unknown, now: number): string {
  const conditions = conditionsOf(status);
  if (conditions.length === 0) return '';
  const rows = conditions.map(({ type, status: value, lastTransitionTime, reason = '', message = '' }) => [
    `  ${type}`,
    value,
    ago(lastTransitionTime, now),
    reason,
    message,
  ]);
  return `Conditions:\n${tableText({ headers: ['  Type', 'Status', 'Since', 'Reason', 'Message'], rows })}`;
}

function eventsText(events: readonly Event[], now: number): string {
  if (events.length === 0) return fieldsText([['Events', '<none>']]);
  const rows = events.map((event) => {
    const {
      type = '',
      reason = '',
      message = '',
      count = 1,
      firstTimestamp,
      lastTimestamp,
      eventTime,
      source,
      reportingComponent,
    } = event;
    const last = ago(lastTimestamp ?? eventTime ?? firstTimestamp, now);
    const age = count > 1 ? `${last} (x${count} over ${ago(firstTimestamp, now)})` : last;
    return [`  ${type}`, reason, age, source?.component ?? reportingComponent ?? '', message.trim()];
  });
  return `Events:\n${tableText({ headers: ['  Type', 'Reason', 'Age', 'From', 'Message'], rows })}`;
}
