/** The text of `describe`: the object's own fields as they are, with conditions and events as tables. Pure. */

import { isRecord } from '../../common/lib/deep.ts';
import { ago } from '../../common/model/columns/cells.ts';
import type { Event } from '../../common/model/event.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { conditionsOf } from '../rollout-state.ts';
import { tableText } from './table.ts';

const hiddenNotes = new Set(['kubectl.kubernetes.io/last-applied-configuration']);
const width = 18;

/** Describes an object and the events about it; `now` in milliseconds since 1970. Ends with a line break. */
export function describeText(object: KubeObject, events: readonly Event[], now: number): string {
  const { metadata, apiVersion: _version, kind, spec, status, ...others } = object;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  const head = [
    field('Name', metadata.name),
    ...(metadata.namespace === undefined ? [] : [field('Namespace', metadata.namespace)]),
    pairs('Labels', metadata.labels ?? {}, '='),
    pairs(
      'Annotations',
      Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => !hiddenNotes.has(name))),
      ': ',
    ),
    field('Created', `${metadata.creationTimestamp ?? '<unknown>'} (${ago(metadata.creationTimestamp, now)} ago)`),
    ...(metadata.deletionTimestamp === undefined
      ? []
      : [field('Deleting', `since ${ago(metadata.deletionTimestamp, now)}`)]),
    ...(owner === undefined ? [] : [field('Controlled By', `${owner.kind}/${owner.name}`)]),
  ];
  const { conditions: _conditions, ...state } = isRecord(status) ? status : {};
  // Secrets are told by size only, as kubectl does.
  const rest = kind === 'Secret' && isRecord(others['data']) ? { ...others, data: sizes(others['data']) } : others;
  const body = [...Object.entries(rest), ['spec', spec], ['status', state]]
    .filter(([, value]) => isRecord(value) && Object.keys(value).length > 0)
    .map(([name, value]) => `${title(String(name))}:\n${lines(value, '  ').join('')}`);
  return [...head, ...body, conditionsText(status, now), eventsText(events, now)].join('');
}

function sizes(data: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, `${Buffer.from(String(value), 'base64').length} bytes`]),
  );
}

/** `containerPort` ⇒ `Container Port`. */
function title(name: string): string {
  const spaced = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function field(name: string, value: string): string {
  return `${`${name}:`.padEnd(width)} ${value}\n`;
}

function pairs(name: string, map: Readonly<Record<string, string>>, separator: string): string {
  const texts = Object.entries(map).map(([key, value]) => `${key}${separator}${value}`);
  return field(name, texts.length === 0 ? '<none>' : texts.join(`\n${' '.repeat(width + 1)}`));
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
  if (events.length === 0) return field('Events', '<none>');
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
