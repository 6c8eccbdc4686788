/**
 * Splits the text of a manifest into objects, each with a way to find a field's line. YAML is read as kubectl reads
 * it (YAML 1.1: `0644` is octal, `yes` a boolean), JSON as the YAML that it is; a `List` stands for its items.
 */

import { type Document, isScalar, LineCounter, parseAllDocuments, type ScalarTag, type Tags } from 'yaml';
import { isRecord } from '../lib/deep.ts';
import { locate } from './locate.ts';
import type { Problem } from './problem.ts';

export type ManifestObject = {
  readonly value: Readonly<Record<string, unknown>>;
  /** The problem with its place: of the field at `path`, or of the object. */
  problemAt(path: string, message: string): Problem;
};
export type Parsed = { readonly objects: readonly ManifestObject[]; readonly problems: readonly Problem[] };

/** More uses of aliases than this are taken for an attempt to exhaust memory. */
const maxAliases = 100;
/** YAML 1.1's types that Kubernetes' reader does not know: times and base 60 numbers stay text. */
const unknownTags = new Set(['timestamp', 'binary', 'omap', 'pairs', 'set', 'intTime', 'floatTime']);
const timeFormats = new Set(['TIME']);

/** Reads every document of `bytes`; what is wrong with one does not hide the others. */
export function readDocuments(bytes: Uint8Array, source: string): Parsed {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { objects: [], problems: [{ source, message: 'not UTF-8 text; manifests are YAML or JSON in UTF-8' }] };
  }
  const lines = new LineCounter();
  const options = { version: '1.1', lineCounter: lines, prettyErrors: false, logLevel: 'error', customTags } as const;
  const parsed = parseAllDocuments(text, options);
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { source, line, column: col, excerpt: excerptOf(text, line, col) };
  };
  const objects: ManifestObject[] = [];
  const problems: Problem[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    if (document.errors.length > 0) {
      for (const error of document.errors.slice(0, 10))
        problems.push({ ...place(error.pos[0]), message: `YAML: ${error.message}` });
      continue;
    }
    const value = toValue(document);
    if (value instanceof Error) {
      problems.push({ ...place(document.range?.[0] ?? 0), message: `YAML: ${value.message}` });
      continue;
    }
    if (value === null || value === undefined) continue;
    const expanded = expand(value, '', (path, message) => ({ ...place(locate(document, path)), message }));
    objects.push(...expanded.objects);
    problems.push(...expanded.problems);
  }
  return { objects, problems };
}

function customTags(tags: Tags): Tags {
  return tags.flatMap((tag): Tags => {
    if (typeof tag === 'string') return unknownTags.has(tag) ? [] : [tag];
    const known =
      !/:(timestamp|binary|omap|pairs|set)$/.test(tag.tag) && !('format' in tag && timeFormats.has(tag.format ?? ''));
    if (!known) return [];
    return tag.collection === undefined && 'test' in tag ? [withoutFalseNumbers(tag)] : [tag];
  });
}

/** By the letter of YAML 1.1 `.` and `e12` are numbers, though they have no value: Kubernetes' reader takes them for text. */
function withoutFalseNumbers(tag: ScalarTag): ScalarTag {
  return {
    ...tag,
    resolve(text, onError, options) {
      const value = tag.resolve(text, onError, options);
      return Number.isNaN(isScalar(value) ? value.value : value) && !/\.nan$/i.test(text) ? text : value;
    },
  };
}

function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    // An alias to nothing, or too many of them.
    if (error instanceof ReferenceError) return error;
    throw error;
  }
}

function expand(value: unknown, path: string, problemAt: ManifestObject['problemAt']): Parsed {
  const at: ManifestObject['problemAt'] = (inner, message) =>
    problemAt(path === '' ? inner : inner === '' ? path : `${path}.${inner}`, message);
  if (!isRecord(value)) {
    const found = Array.isArray(value) ? 'a list' : typeof value;
    return {
      objects: [],
      problems: [at('', `an object with apiVersion, kind and metadata is expected; found ${found}`)],
    };
  }
  if (
    value.kind !== 'List' &&
    !(typeof value.kind === 'string' && /List$/.test(value.kind) && Array.isArray(value.items))
  )
    return { objects: [{ value, problemAt: at }], problems: [] };
  if (!Array.isArray(value.items)) return { objects: [], problems: [at('items', 'a List has a list of items')] };
  const parts = value.items.map((item, index) =>
    expand(typed(item, value), `${path === '' ? '' : `${path}.`}items[${index}]`, problemAt),
  );
  return { objects: parts.flatMap((part) => part.objects), problems: parts.flatMap((part) => part.problems) };
}

/** The items of a `PodList` are Pods where they do not say so themselves. */
function typed(item: unknown, { kind, apiVersion }: Readonly<Record<string, unknown>>): unknown {
  const inner = String(kind).slice(0, -'List'.length);
  return inner === '' || !isRecord(item) || item['kind'] !== undefined ? item : { apiVersion, ...item, kind: inner };
}

/** The line, shortened around the column, and a mark under the column. */
function excerptOf(text: string, line: number, column: number): string {
  const whole = (text.split('\n')[line - 1] ?? '').replaceAll(/\p{Cc}/gu, ' ');
  const start = Math.max(0, column - 60);
  return `    ${whole.slice(start, start + 100)}\n    ${' '.repeat(column - 1 - start)}^`;
}
