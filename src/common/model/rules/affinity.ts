/** Rules for affinity: terms that are whole, weights in their range, and required terms that some node can meet. */
import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm } from '../affinity.ts';
import { notDns1123Label, notDns1123Subdomain, notLabelValue, notQualifiedName } from '../names.ts';
import { meetsAll } from '../node-selector.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue, notSupported, required, unless } from './cause.ts';
import { labelSelectorCauses } from './meta.ts';

const mustBe = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

/** What is wrong with a pod's affinity. `at` is its path. */
export function affinityCauses({ nodeAffinity, podAffinity, podAntiAffinity }: Affinity, at: string): StatusCause[] {
  const terms = nodeAffinity?.[mustBe]?.nodeSelectorTerms;
  const path = `${at}.nodeAffinity.${mustBe}.nodeSelectorTerms`;
  return [
    ...(terms?.length === 0 ? [required(path, 'must have at least one node selector term')] : []),
    ...(terms ?? []).flatMap((term, i) => requiredTermCauses(term, `${path}[${i}]`)),
    ...(nodeAffinity?.[preferred] ?? []).flatMap(({ weight, preference }, i) => {
      const here = `${at}.nodeAffinity.${preferred}[${i}]`;
      return [...weightCauses(weight, here), ...termCauses(preference, `${here}.preference`)];
    }),
    ...podTermsCauses(podAffinity, `${at}.podAffinity`),
    ...podTermsCauses(podAntiAffinity, `${at}.podAntiAffinity`),
  ];
}

/** What is wrong with a required term; one that no node can ever meet is refused, unlike in Kubernetes. */
function requiredTermCauses(term: NodeSelectorTerm, at: string): StatusCause[] {
  const causes = termCauses(term, at);
  if (causes.length > 0) return causes;
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) {
    return [required(at, 'must have matchExpressions or matchFields: an empty term matches no node')];
  }
  return [
    ...contradictions(matchExpressions, `${at}.matchExpressions`),
    ...contradictions(matchFields, `${at}.matchFields`),
  ];
}

function termCauses({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, at: string): StatusCause[] {
  return [
    ...matchExpressions.flatMap((one, i) => [
      ...unless(`${at}.matchExpressions[${i}].key`, one.key, notQualifiedName(one.key)),
      ...valuesCauses(one, `${at}.matchExpressions[${i}]`),
    ]),
    ...matchFields.flatMap((one, i) => fieldCauses(one, `${at}.matchFields[${i}]`)),
  ];
}

function valuesCauses({ operator, values = [] }: NodeSelectorRequirement, at: string): StatusCause[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        return [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
      }
      return values.flatMap((value, i) => unless(`${at}.values[${i}]`, value, notLabelValue(value)));
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return [];
      return [forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        return [required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
      }
      return values.flatMap((value) =>
        unless(`${at}.values[0]`, value, /^-?\d{1,15}$/.test(value) ? undefined : 'must be a whole number'),
      );
  }
}

function fieldCauses({ key, operator, values = [] }: NodeSelectorRequirement, at: string): StatusCause[] {
  if (key !== 'metadata.name') return [notSupported(`${at}.key`, key, ['metadata.name'])];
  if (operator !== 'In' && operator !== 'NotIn') return [notSupported(`${at}.operator`, operator, ['In', 'NotIn'])];
  if (values.length !== 1) {
    return [
      required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
    ];
  }
  return values.flatMap((value) => unless(`${at}.values[0]`, value, notDns1123Subdomain(value)));
}

/** Requirements on one key that no value meets together. */
function contradictions(requirements: readonly NodeSelectorRequirement[], at: string): StatusCause[] {
  const keys = new Set(requirements.map(({ key }) => key));
  return Array.from(keys).flatMap((key) => {
    const about = requirements.filter((one) => one.key === key);
    if (about.length === 1 || canMeet(about, key)) return [];
    return [invalidValue(at, about, `no node can match: the requirements on ${key} exclude each other`)];
  });
}

function canMeet(about: readonly NodeSelectorRequirement[], key: string): boolean {
  if (meetsAll(about, {})) return true;
  const listed = about.find(({ operator }) => operator === 'In');
  if (listed !== undefined) return (listed.values ?? []).some((value) => meetsAll(about, { [key]: value }));
  const bound = (operator: string) =>
    about.filter((one) => one.operator === operator).map((one) => Number(one.values?.[0]));
  const above = Math.max(...bound('Gt'), Number.NEGATIVE_INFINITY);
  const below = Math.min(...bound('Lt'), Number.POSITIVE_INFINITY);
  return !about.some(({ operator }) => operator === 'DoesNotExist') && below - above > 1;
}

type PodTerms = NonNullable<Affinity['podAffinity']>;

function podTermsCauses(terms: PodTerms | undefined, at: string): StatusCause[] {
  return [
    ...(terms?.[mustBe] ?? []).flatMap((term, i) => podTermCauses(term, `${at}.${mustBe}[${i}]`)),
    ...(terms?.[preferred] ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
      const here = `${at}.${preferred}[${i}]`;
      return [...weightCauses(weight, here), ...podTermCauses(podAffinityTerm, `${here}.podAffinityTerm`)];
    }),
  ];
}

function podTermCauses(term: PodAffinityTerm, at: string): StatusCause[] {
  const { labelSelector, namespaces = [], namespaceSelector, topologyKey, matchLabelKeys, mismatchLabelKeys } = term;
  return [
    ...(labelSelector === undefined ? [] : labelSelectorCauses(labelSelector, `${at}.labelSelector`)),
    ...(namespaceSelector === undefined ? [] : labelSelectorCauses(namespaceSelector, `${at}.namespaceSelector`)),
    ...namespaces.flatMap((name, i) => unless(`${at}.namespaces[${i}]`, name, notDns1123Label(name))),
    ...(topologyKey === ''
      ? [required(`${at}.topologyKey`, 'can not be empty')]
      : unless(`${at}.topologyKey`, topologyKey, notQualifiedName(topologyKey))),
    ...labelKeyCauses(matchLabelKeys, labelSelector !== undefined, `${at}.matchLabelKeys`),
    ...labelKeyCauses(mismatchLabelKeys, labelSelector !== undefined, `${at}.mismatchLabelKeys`),
    ...(matchLabelKeys ?? []).flatMap((key, i) =>
      mismatchLabelKeys?.includes(key)
        ? [invalidValue(`${at}.matchLabelKeys[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys')]
        : [],
    ),
  ];
}

/** What is wrong with keys whose values complete a selector. */
export function labelKeyCauses(keys: readonly string[] = [], withSelector: boolean, at: string): StatusCause[] {
  if (keys.length > 0 && !withSelector)
    return [forbiddenField(at, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => unless(`${at}[${i}]`, key, notQualifiedName(key)));
}

function weightCauses(weight: number, at: string): StatusCause[] {
  return weight >= 1 && weight <= 100 ? [] : [invalidValue(`${at}.weight`, weight, 'must be in the range 1-100')];
}
