/** Label and field selectors: parsing their text and matching objects. */
import { isRecord } from './deep.ts';

type Labels = Readonly<Record<string, string>>;
/** One condition on a label, as in a LabelSelector's matchExpressions. */
export type Requirement = {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[] | undefined;
};
type Selector = {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly Requirement[] | undefined;
};
/** What a parser found, or why the text is no selector. */
export type Parsed<T> = { readonly ok: true; readonly selector: T } | { readonly ok: false; readonly message: string };

const key = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?';
const setBased = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const equality = new RegExp(`^(${key})\\s*(==|!=|=)\\s*([-A-Za-z0-9_.]*)$`);
const existence = new RegExp(`^(!?)\\s*(${key})$`);
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/**
 * Parses the text that `-l` takes: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined by commas.
 * The empty text selects everything.
 */
export function parseLabelSelector(text: string): Parsed<{ matchExpressions: Requirement[] }> {
  if (text.length > 10_000) return { ok: false, message: `selector of ${text.length} characters; at most 10000` };
  const matchExpressions: Requirement[] = [];
  for (const part of splitOutsideParentheses(text)) {
    const requirement = parseRequirement(part);
    if (!requirement) {
      const accepted = 'key=value, key!=value, key in (a,b), key notin (a,b), key or !key';
      return { ok: false, message: `unable to parse requirement ${JSON.stringify(part)}: accepted are ${accepted}` };
    }
    matchExpressions.push(requirement);
  }
  return { ok: true, selector: { matchExpressions } };
}

function splitOutsideParentheses(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function parseRequirement(part: string): Requirement | undefined {
  const set = setBased.exec(part);
  if (set?.[1] !== undefined) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    if (!values.every((value) => labelValue.test(value))) return undefined;
    return { key: set[1], operator: set[2] === 'in' ? 'In' : 'NotIn', values };
  }
  const equal = equality.exec(part);
  if (equal?.[1] !== undefined) {
    const value = equal[3] ?? '';
    if (!labelValue.test(value)) return undefined;
    return { key: equal[1], operator: equal[2] === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  const exists = existence.exec(part);
  return exists?.[2] === undefined ? undefined : { key: exists[2], operator: exists[1] ? 'DoesNotExist' : 'Exists' };
}

/** Whether labels satisfy all conditions of a selector; one without conditions takes everything. */
export function matchesSelector(selector: Selector, labels: Labels = {}): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value) &&
    matchExpressions.every((requirement) => meets(requirement, labels))
  );
}

/** Whether labels meet one condition. */
export function meets({ key: name, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** One condition on a field; `path` is split at its dots. */
export type FieldRequirement = { readonly path: readonly string[]; readonly equal: boolean; readonly value: string };

/** Parses the text that `--field-selector` takes: `path=value`, `path==value`, `path!=value`, joined by commas. */
export function parseFieldSelector(text: string): Parsed<readonly FieldRequirement[]> {
  const selector: FieldRequirement[] = [];
  for (const part of text.trim() === '' ? [] : text.split(',')) {
    const match = /^\s*([A-Za-z][A-Za-z0-9.]{0,199})\s*(==|!=|=)(.*)$/.exec(part);
    if (match?.[1] === undefined) {
      return {
        ok: false,
        message: `invalid field selector ${JSON.stringify(part)}: accepted are path=value and path!=value`,
      };
    }
    selector.push({ path: match[1].split('.'), equal: match[2] !== '!=', value: (match[3] ?? '').trim() });
  }
  return { ok: true, selector };
}

/** Whether an object has the fields that a selector asks for. An absent field counts as the empty text. */
export function matchesFields(selector: readonly FieldRequirement[], object: unknown): boolean {
  return selector.every(({ path, equal, value }) => (fieldText(object, path) === value) === equal);
}

function fieldText(object: unknown, path: readonly string[]): string {
  let value = object;
  for (const step of path) value = isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : `${value}`;
}
