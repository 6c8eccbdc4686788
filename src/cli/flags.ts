/** How the texts of flags become values; a text that is none is a usage error of commander's. */

import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../common/lib/duration.ts';
import { fromTimestamp } from '../common/lib/time.ts';

/** Milliseconds of `30s`, `5m`, `1h30m`; a bare number is seconds. */
export function duration(text: string): number {
  const millis = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (millis === undefined) throw new InvalidArgumentError('A duration such as 30s, 5m or 1h30m is expected.');
  return millis;
}

/** A whole number, 0 or more. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number, 0 or more, is expected.');
  return Number(text);
}

/** A whole number, 1 or more. */
export function positiveNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('A whole number, 1 or more, is expected.');
  return Number(text);
}

/** A moment as RFC 3339 writes it. */
export function moment(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) || fromTimestamp(text) === undefined)
    throw new InvalidArgumentError('A time such as 2026-01-02T03:04:05Z is expected.');
  return text;
}

/** A whole number; -1 stands for "no limit" or "as the object says". */
export function numberOrNone(text: string): number {
  return text === '-1' ? -1 : wholeNumber(text);
}

/** `true` or `false`, for flags that are written `--wait=false`. */
export function trueOrFalse(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('true or false is expected.');
  return text === 'true';
}

/** `a,b`, and the flag may be repeated. */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',')];
}

export const output = (): Option =>
  new Option('-o, --output <format>', 'json, yaml, name, jsonpath=…, custom-columns=…, wide');
export const selector = (): Option => new Option('-l, --selector <labels>', 'label selector, such as app=web,tier!=db');
export const allNamespaces = (): Option => new Option('-A, --all-namespaces', 'of all namespaces');
export const filename = (): Option =>
  new Option('-f, --filename <path>', 'file, directory or - (repeatable)').argParser(list);
export const recursive = (): Option => new Option('-R, --recursive', 'look into the directories below too');
export const timeout = (): Option =>
  new Option('--timeout <duration>', 'how long to wait, such as 60s').argParser(duration);
export const dryRun = (): Option =>
  new Option('--dry-run [mode]', 'check only: client (without a cluster) or server')
    .choices(['none', 'client', 'server'])
    .preset('client');
export const waitFlag = (text: string, fallback: boolean): Option =>
  new Option('--wait [bool]', text).argParser(trueOrFalse).preset('true').default(fallback, String(fallback));
