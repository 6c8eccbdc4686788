/** Whether a node is what a pod's node affinity asks for. */
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

function meets({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && wholeNumber.test(value) && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && wholeNumber.test(value) && Number(value) < Number(values[0]);
  }
}
