/**
 * Parser of kubectl's JSONPath templates: text with expressions in braces, `{range …}…{end}` and quoted literals.
 * Grammar after https://kubernetes.io/docs/reference/kubectl/jsonpath/. Nothing is ever evaluated as code.
 */

import { closing, JsonPathError, splitOutside, unquote } from './scan.ts';

export type Step =
  | { readonly step: 'root' }
  | { readonly step: 'current' }
  | { readonly step: 'field'; readonly name: string }
  | { readonly step: 'all' }
  | { readonly step: 'descend' }
  | { readonly step: 'slice'; readonly from?: number; readonly to?: number; readonly by: number }
  | { readonly step: 'index'; readonly at: number }
  | { readonly step: 'union'; readonly of: readonly Step[] }
  | { readonly step: 'filter'; readonly filter: Filter };

export const operators = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type Operand = { readonly path: readonly Step[] } | { readonly literal: string | number | boolean };
export type Filter = {
  readonly left: Operand;
  /** Without it the filter asks whether the left side exists. */
  readonly compare?: { readonly operator: (typeof operators)[number]; readonly right: Operand };
};
export type Node =
  | { readonly node: 'text'; readonly text: string }
  | { readonly node: 'path'; readonly steps: readonly Step[] }
  | { readonly node: 'range'; readonly steps: readonly Step[]; readonly body: readonly Node[] };

type Range = { readonly body: Node[]; readonly steps: readonly Step[] };

/** Parses a template such as `{.items[*].metadata.name}`. Throws JsonPathError. */
export function parseTemplate(template: string): readonly Node[] {
  const whole: Range = { body: [], steps: [] };
  const open = [whole];
  for (let at = 0; at < template.length; ) {
    const brace = template.indexOf('{', at);
    const text = template.slice(at, brace < 0 ? undefined : brace);
    if (text !== '') open.at(-1)?.body.push({ node: 'text', text });
    if (brace < 0) break;
    const close = closing(template, brace + 1, '}');
    parseBraces(template.slice(brace + 1, close).trim(), open);
    at = close + 1;
  }
  if (open.length > 1) throw new JsonPathError('{range} without {end}');
  return whole.body;
}

/** Takes what stands in braces into the innermost open range, or opens or closes one. */
function parseBraces(inner: string, open: Range[]): void {
  if (/^range\s/.test(inner)) {
    open.push({ body: [], steps: parsePath(inner.slice(5).trim()) });
    return;
  }
  let node: Node;
  if (inner === 'end') {
    const range = open.length > 1 ? open.pop() : undefined;
    if (range === undefined) throw new JsonPathError('{end} without {range}');
    node = { node: 'range', ...range };
  } else if (/^["']/.test(inner)) {
    node = { node: 'text', text: unquote(inner) };
  } else {
    node = { node: 'path', steps: parsePath(inner) };
  }
  open.at(-1)?.body.push(node);
}

/** Parses what stands alone where kubectl takes `{.a.b}`, `.a.b` or `a.b` (sort-by, custom-columns, wait). */
export function parseRelaxed(text: string): readonly Node[] {
  const bare = /^\{(.*)\}$/s.exec(text.trim())?.[1] ?? text.trim();
  return [{ node: 'path', steps: parsePath(/^[.[$@]/.test(bare) ? bare : `.${bare}`) }];
}

const name = String.raw`((?:\\.|[^\s.[\]{}()\\?@$*"'=<>!,])+)`;
const fieldNamed = (text: string): Step => ({ step: 'field', name: text.replaceAll(/\\(.)/g, '$1') });
/** What a path is made of, brackets aside; the first pattern that fits the rest of the text is taken. */
const tokens: readonly { readonly pattern: RegExp; steps(text: string): readonly Step[] }[] = [
  { pattern: new RegExp(String.raw`^\.\.${name}`), steps: (text) => [{ step: 'descend' }, fieldNamed(text)] },
  { pattern: /^\.\.(?=[[*])/, steps: () => [{ step: 'descend' }] },
  { pattern: /^\.?\*/, steps: () => [{ step: 'all' }] },
  { pattern: /^\$/, steps: () => [{ step: 'root' }] },
  { pattern: /^@/, steps: () => [{ step: 'current' }] },
  { pattern: new RegExp(String.raw`^\.${name}`), steps: (text) => [fieldNamed(text)] },
  { pattern: /^\.(?=$|\[)/, steps: () => [] },
];

function parsePath(text: string): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === '[') {
      const close = closing(text, at + 1, ']');
      steps.push(parseBrackets(text.slice(at + 1, close).trim()));
      at = close + 1;
      continue;
    }
    const rest = text.slice(at);
    const token = tokens.find(({ pattern }) => pattern.test(rest));
    const match = token?.pattern.exec(rest);
    if (token === undefined || !match)
      throw new JsonPathError(`cannot read ${JSON.stringify(rest)} in ${JSON.stringify(text)}`);
    steps.push(...token.steps(match[1] ?? ''));
    at += match[0].length;
  }
  return steps;
}

function parseBrackets(inner: string): Step {
  const filter = /^\?\((.*)\)$/s.exec(inner)?.[1];
  if (filter !== undefined) return { step: 'filter', filter: parseFilter(filter.trim()) };
  const parts = splitOutside(inner, ',');
  if (parts.length > 1) return { step: 'union', of: parts.map((part) => parseBrackets(part.trim())) };
  if (inner === '*') return { step: 'all' };
  if (/^(['"]).*\1$/s.test(inner)) return { step: 'field', name: unquote(inner) };
  if (/^-?\d+$/.test(inner)) return { step: 'index', at: Number(inner) };
  const slice = /^(-?\d+)?:(-?\d+)?(?::(\d+))?$/.exec(inner);
  if (slice === null) throw new JsonPathError(`cannot read [${inner}]`);
  const [, from, to, by] = slice;
  return {
    step: 'slice',
    ...(from === undefined ? {} : { from: Number(from) }),
    ...(to === undefined ? {} : { to: Number(to) }),
    by: Math.max(1, Number(by ?? 1)),
  };
}

function parseFilter(text: string): Filter {
  for (const operator of operators) {
    const [left, right, ...more] = splitOutside(text, operator);
    if (left === undefined || right === undefined || more.length > 0) continue;
    return { left: parseOperand(left.trim()), compare: { operator, right: parseOperand(right.trim()) } };
  }
  return { left: parseOperand(text) };
}

function parseOperand(text: string): Operand {
  if (/^(['"]).*\1$/s.test(text)) return { literal: unquote(text) };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { literal: Number(text) };
  if (text === 'true' || text === 'false') return { literal: text === 'true' };
  if (/^[@$.]/.test(text)) return { path: parsePath(text) };
  throw new JsonPathError(
    `cannot read ${JSON.stringify(text)} in a filter: strings stand in quotes, paths begin with @`,
  );
}
