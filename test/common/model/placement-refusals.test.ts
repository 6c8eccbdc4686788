import test from 'ava';
import { kinds } from '../../../src/common/model/kinds.ts';
import { parseStrict } from '../../../src/common/model/parse.ts';

const must = 'requiredDuringSchedulingIgnoredDuringExecution';
const may = 'preferredDuringSchedulingIgnoredDuringExecution';

/** What is wrong with a pod that says this of where it runs. */
function causes(spec: object): readonly string[] {
  const containers = [{ name: 'c', image: 'i' }];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers, ...spec } };
  const parsed = parseStrict(kinds.Pod, pod);
  return parsed.ok ? [] : parsed.causes.map(({ field, message }) => `${field}: ${message}`);
}
const nodeTerms = (...nodeSelectorTerms: object[]) => ({
  affinity: { nodeAffinity: { [must]: { nodeSelectorTerms } } },
});
const expressions = (...matchExpressions: object[]) => nodeTerms({ matchExpressions });
const near = (term: object) => ({ affinity: { podAffinity: { [must]: [{ topologyKey: 'zone', ...term }] } } });
const spread = (...topologySpreadConstraints: object[]) => ({ topologySpreadConstraints });
const even = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };

const refused: readonly (readonly [string, object, RegExp])[] = [
  ['no term', nodeTerms(), /nodeSelectorTerms: Required value: must have at least one node selector term/],
  ['an empty term', nodeTerms({}), /nodeSelectorTerms\[0\]: Required value: .* matches no node/],
  ['an unknown operator', expressions({ key: 'a', operator: 'Near' }), /matchExpressions\[0\].operator: .*Near/],
  [
    'In without values',
    expressions({ key: 'a', operator: 'In' }),
    /values: Required value: must be specified when `operator` is 'In' or 'NotIn'/,
  ],
  [
    'Exists with values',
    expressions({ key: 'a', operator: 'Exists', values: ['b'] }),
    /values: Forbidden: may not be specified/,
  ],
  [
    'Gt with two values',
    expressions({ key: 'a', operator: 'Gt', values: ['1', '2'] }),
    /values: Required value: must be specified single value/,
  ],
  [
    'Gt with a word',
    expressions({ key: 'a', operator: 'Gt', values: ['much'] }),
    /values\[0\]: Invalid value: "much": must be a whole number/,
  ],
  [
    'another field',
    nodeTerms({ matchFields: [{ key: 'spec.x', operator: 'In', values: ['a'] }] }),
    /matchFields\[0\].key: Unsupported value: "spec.x"/,
  ],
  [
    'a term that no node can match',
    expressions({ key: 'a', operator: 'In', values: ['b'] }, { key: 'a', operator: 'NotIn', values: ['b'] }),
    /matchExpressions: Invalid value: .*no node can match: the requirements on a exclude each other/,
  ],
  [
    'a gap without a number',
    expressions({ key: 'a', operator: 'Gt', values: ['3'] }, { key: 'a', operator: 'Lt', values: ['4'] }),
    /no node can match/,
  ],
  [
    'a weight of 0',
    { affinity: { nodeAffinity: { [may]: [{ weight: 0, preference: {} }] } } },
    /weight: Invalid value: 0: must be in the range 1-100/,
  ],
  ['no topology key', near({ topologyKey: '' }), /topologyKey: Required value: can not be empty/],
  ['a topology key that is no label', near({ topologyKey: 'my zone' }), /topologyKey: Invalid value: "my zone"/],
  ['a namespace that is none', near({ namespaces: ['A'] }), /namespaces\[0\]: Invalid value: "A"/],
  [
    'keys without a selector',
    near({ matchLabelKeys: ['a'] }),
    /matchLabelKeys: Forbidden: must not be specified when labelSelector is not set/,
  ],
  ['no skew', spread({ ...even, maxSkew: 0 }), /maxSkew: Invalid value: 0: must be greater than zero/],
  [
    'the same constraint twice',
    spread(even, even),
    /topologySpreadConstraints\[1\].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"/,
  ],
  [
    'minDomains of a wish',
    spread({ ...even, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }),
    /minDomains: Invalid value: 2/,
  ],
  [
    'a gate twice',
    { schedulingGates: [{ name: 'a' }, { name: 'a' }] },
    /schedulingGates\[1\].name: Duplicate value: "a"/,
  ],
  [
    'a gate with a node',
    { schedulingGates: [{ name: 'a' }], nodeName: 'n' },
    /nodeName: Forbidden: cannot be set until all schedulingGates/,
  ],
];

for (const [name, spec, message] of refused) {
  test(`a pod with ${name} is refused with the path of the field`, (t) => {
    const found = causes(spec);
    t.is(found.length, 1, found.join('\n'));
    t.regex(found[0] ?? '', message);
  });
}

test('what Kubernetes documents is accepted', (t) => {
  const zone = { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a', 'b'] };
  t.deepEqual(causes(expressions(zone, { key: 'cores', operator: 'Gt', values: ['3'] })), []);
  t.deepEqual(causes(nodeTerms({ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['n'] }] })), []);
  const labelSelector = { matchExpressions: [{ key: 'security', operator: 'In', values: ['S1'] }] };
  t.deepEqual(causes(near({ labelSelector, namespaceSelector: {}, matchLabelKeys: ['pod-template-hash'] })), []);
  t.deepEqual(causes(spread({ ...even, labelSelector, minDomains: 3, nodeTaintsPolicy: 'Honor' })), []);
});
