/** Rules for topology spread constraints. */
import type { TopologySpreadConstraint } from '../affinity.ts';
import { notQualifiedName } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { labelKeyCauses } from './affinity.ts';
import { duplicate, invalidValue, required, unless } from './cause.ts';
import { labelSelectorCauses } from './meta.ts';

/** What is wrong with a pod's constraints; no two may be about the same key and consequence. */
export function topologySpreadCauses(constraints: readonly TopologySpreadConstraint[], at: string): StatusCause[] {
  const pairs = constraints.map(({ topologyKey, whenUnsatisfiable }) => `{${topologyKey}, ${whenUnsatisfiable}}`);
  return constraints.flatMap((constraint, i) => {
    const causes = constraintCauses(constraint, `${at}[${i}]`);
    const pair = pairs[i];
    return pairs.indexOf(pair ?? '') < i
      ? [...causes, duplicate(`${at}[${i}].{topologyKey, whenUnsatisfiable}`, pair)]
      : causes;
  });
}

function constraintCauses(constraint: TopologySpreadConstraint, at: string): StatusCause[] {
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector, minDomains, matchLabelKeys } = constraint;
  const causes = labelKeyCauses(matchLabelKeys, labelSelector !== undefined, `${at}.matchLabelKeys`);
  if (maxSkew < 1) causes.push(invalidValue(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
  if (topologyKey === '') causes.push(required(`${at}.topologyKey`, 'can not be empty'));
  else causes.push(...unless(`${at}.topologyKey`, topologyKey, notQualifiedName(topologyKey)));
  if (labelSelector !== undefined) causes.push(...labelSelectorCauses(labelSelector, `${at}.labelSelector`));
  if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
    const why = 'can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway';
    causes.push(invalidValue(`${at}.minDomains`, minDomains, why));
  }
  return causes;
}
