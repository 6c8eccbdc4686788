/** Evaluation of a parsed JSONPath template on plain JSON data, with kubectl's rules: a missing field is no value. */

import { isRecord, own } from '../../common/lib/deep.ts';
import type { Filter, Node, Operand, Step } from './parse.ts';
import { JsonPathError } from './scan.ts';

/** The template's text for `data`. Throws JsonPathError for an index outside its array, as kubectl fails. */
export function renderTemplate(nodes: readonly Node[], data: unknown): string {
  return render(nodes, data, data);
}

/** All values that the template's paths lead to. */
export function findValues(nodes: readonly Node[], data: unknown): readonly unknown[] {
  return nodes.flatMap((node) => (node.node === 'path' ? walk(node.steps, [data], data) : []));
}

/** A value as kubectl prints it: text as it is, everything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function render(nodes: readonly Node[], current: unknown, root: unknown): string {
  return nodes
    .map((node) => {
      if (node.node === 'text') return node.text;
      const values = walk(node.steps, [current], root);
      if (node.node === 'path') return values.map(valueText).join(' ');
      return values.map((value) => render(node.body, value, root)).join('');
    })
    .join('');
}

function walk(steps: readonly Step[], start: readonly unknown[], root: unknown): readonly unknown[] {
  return steps.reduce((values, step) => values.flatMap((value) => take(step, value, root)), start);
}

function take(step: Step, value: unknown, root: unknown): readonly unknown[] {
  switch (step.step) {
    case 'root':
      return [root];
    case 'current':
      return [value];
    case 'field': {
      const found = isRecord(value) ? own(value, step.name) : undefined;
      return found === undefined ? [] : [found];
    }
    case 'all':
      return children(value);
    case 'descend':
      return descendants(value);
    case 'index':
      return Array.isArray(value) ? [at(value, step.at)] : [];
    case 'slice':
      if (!Array.isArray(value)) return [];
      return value.slice(step.from, step.to).filter((_, index) => index % step.by === 0);
    case 'union':
      return step.of.flatMap((one) => take(one, value, root));
    case 'filter':
      return children(value).filter((child) => holds(step.filter, child, root));
  }
}

function at(list: readonly unknown[], index: number): unknown {
  const position = index < 0 ? list.length + index : index;
  if (position < 0 || position >= list.length)
    throw new JsonPathError(`array index out of bounds: index ${index}, length ${list.length}`);
  return list[position];
}

function children(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [];
}

function descendants(value: unknown): readonly unknown[] {
  return [value, ...children(value).flatMap(descendants)];
}

function holds(filter: Filter, value: unknown, root: unknown): boolean {
  const left = operand(filter.left, value, root);
  if (filter.compare === undefined) return left !== undefined;
  const right = operand(filter.compare.right, value, root);
  switch (filter.compare.operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    default:
      return ordered(filter.compare.operator, left, right);
  }
}

/** Numbers compare with numbers and text with text; anything else is in no order. */
function ordered(operator: '<' | '<=' | '>' | '>=', left: unknown, right: unknown): boolean {
  const order =
    typeof left === 'number' && typeof right === 'number'
      ? left - right
      : typeof left === 'string' && typeof right === 'string'
        ? Number(left > right) - Number(left < right)
        : Number.NaN;
  return (
    (operator.startsWith('<') && order < 0) ||
    (operator.startsWith('>') && order > 0) ||
    (operator.endsWith('=') && order === 0)
  );
}

function operand(side: Operand, value: unknown, root: unknown): unknown {
  return 'literal' in side ? side.literal : walk(side.path, [value], root)[0];
}
