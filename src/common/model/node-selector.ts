/** Whether a node is what a pod's node affinity asks for. */
import { meets as meetsLabels } from '../lib/labels.ts';
import type { NodeSelectorRequirement, NodeSelectorTerm } from './affinity.ts';

type Labels = Readonly<Record<string, string>>;
const wholeNumber = /^[+-]?\d+$/;

/** Whether a node meets one of the terms: all conditions of it; a term without any is met by none. */
export function matchesTerms(terms: readonly NodeSelectorTerm[], name: string, labels: Labels): boolean {
  return terms.some((term) => matchesTerm(term, name, labels));
}

/** Whether a node meets all conditions of a term, of which there must be some. */
export function matchesTerm(term: NodeSelectorTerm, name: string, labels: Labels): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  return meetsAll(matchExpressions, labels) && meetsAll(matchFields, { 'metadata.name': name });
}

/** Whether labels meet all requirements. */
export function meetsAll(requirements: readonly NodeSelectorRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => meets(requirement, labels));
}

/** What label selectors ask, and comparisons of whole numbers. */
function meets({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels): boolean {
  if (operator !== 'Gt' && operator !== 'Lt') return meetsLabels({ key, operator, values }, labels);
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (value === undefined || !wholeNumber.test(value)) return false;
  return operator === 'Gt' ? Number(value) > Number(values[0]) : Number(value) < Number(values[0]);
}
