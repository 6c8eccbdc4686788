/** The examples of Kubernetes' pages about scheduling: where each page says that a pod goes, it goes here. */

import test from 'ava';
import type { TopologySpreadConstraint } from '../../../../src/common/model/affinity.ts';
import type { Node, Taint } from '../../../../src/common/model/node.ts';
import type { Pod } from '../../../../src/common/model/pod.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import { verdictsOn } from '../../../../src/master/core/scheduling/explain.ts';
import { NodeViews } from '../../../../src/master/core/scheduling/node-views.ts';
import { factsOf } from '../../../../src/master/core/scheduling/pod-facts.ts';
import { defaultProfile } from '../../../../src/master/core/scheduling/profile.ts';
import { Placer } from '../../../../src/master/core/scheduling/schedule.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
type Nodes = Readonly<
  Record<string, { labels?: Record<string, string>; taints?: Taint[]; offers?: Record<string, string> }>
>;

function viewsOf(nodes: Nodes): NodeViews {
  const views = new NodeViews();
  for (const [name, { labels, taints = [], offers }] of Object.entries(nodes)) {
    const after: Node = {
      ...{ apiVersion: 'v1', kind: 'Node', spec: { taints } },
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
      status: {
        allocatable: { cpu: '8', memory: '8Gi', pods: '110', ...offers },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    };
    views.apply({ key: { resource: 'nodes', name }, after });
  }
  return views;
}
const podOf = (name: string, labels: Record<string, string>, spec: Partial<PodSpec> = {}): Pod =>
  aPod(name, { metadata: { labels }, spec: { nodeName: undefined, ...spec } });
const run = (views: NodeViews, pod: Pod, node: string): void => views.assume(factsOf(pod), node);
/** Where the pod may go: each of many seeds is asked. */
function mayGo(views: NodeViews, pod: Pod): readonly string[] {
  const found = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const [placement] = new Placer(views, defaultProfile).place([factsOf(pod)], seed);
    views.forget(pod.metadata.uid ?? '');
    if (placement?.node !== undefined) found.add(placement.node);
  }
  return [...found].sort();
}
/** The nodes that can take the pod at all. */
const fitting = (views: NodeViews, pod: Pod): readonly string[] =>
  verdictsOn(factsOf(pod), views, defaultProfile)
    .filter(({ fits }) => fits)
    .map(({ node }) => node)
    .sort();

// https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
const zones = (...names: readonly string[]): Nodes =>
  Object.fromEntries(names.map((zone, i) => [`node${i + 1}`, { labels: { zone, node: `node${i + 1}` } }]));
const evenly = (topologyKey: string): TopologySpreadConstraint => ({
  ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule' },
  labelSelector: { matchLabels: { foo: 'bar' } },
});
const notInC = { matchExpressions: [{ key: 'zone', operator: 'NotIn' as const, values: ['zoneC'] }] };
const spreading: readonly [title: string, Nodes, pods: readonly string[], Partial<PodSpec>, goes: readonly string[]][] =
  [
    [
      'one constraint: zone B has fewer',
      zones('zoneA', 'zoneA', 'zoneB', 'zoneB'),
      ['node1', 'node2', 'node3'],
      { topologySpreadConstraints: [evenly('zone')] },
      ['node3', 'node4'],
    ],
    [
      'two constraints: only the empty node of zone B',
      zones('zoneA', 'zoneA', 'zoneB', 'zoneB'),
      ['node1', 'node2', 'node3'],
      { topologySpreadConstraints: [evenly('zone'), evenly('node')] },
      ['node4'],
    ],
    [
      'two constraints that conflict: the pod stays pending',
      zones('zoneA', 'zoneA', 'zoneB'),
      ['node1', 'node1', 'node2', 'node3', 'node3'],
      { topologySpreadConstraints: [evenly('zone'), evenly('node')] },
      [],
    ],
    [
      'a zone that the pod excludes by its node affinity does not count',
      zones('zoneA', 'zoneA', 'zoneB', 'zoneB', 'zoneC'),
      ['node1', 'node2', 'node3'],
      {
        topologySpreadConstraints: [evenly('zone')],
        affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: [notInC] } } },
      },
      ['node3', 'node4'],
    ],
  ];
for (const [title, nodes, pods, spec, goes] of spreading) {
  test(`topology spread, ${title}`, (t) => {
    const views = viewsOf(nodes);
    for (const [i, node] of pods.entries()) run(views, podOf(`p${i}`, { foo: 'bar' }), node);
    t.deepEqual(fitting(views, podOf('mypod', { foo: 'bar' }, spec)), goes);
  });
}

// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
const taint = (key: string, value: string, effect: Taint['effect']): Taint => ({ key, value, effect });
const tolerating: readonly [title: string, Taint[], PodSpec['tolerations'], goes: boolean][] = [
  ['no toleration', [taint('key1', 'value1', 'NoSchedule')], [], false],
  [
    'an equal value',
    [taint('key1', 'value1', 'NoSchedule')],
    [{ key: 'key1', operator: 'Equal', value: 'value1', effect: 'NoSchedule' }],
    true,
  ],
  [
    'any value',
    [taint('key1', 'value1', 'NoSchedule')],
    [{ key: 'key1', operator: 'Exists', effect: 'NoSchedule' }],
    true,
  ],
  [
    'two of three taints',
    [
      taint('key1', 'value1', 'NoSchedule'),
      taint('key1', 'value1', 'NoExecute'),
      taint('key2', 'value2', 'NoSchedule'),
    ],
    [
      { key: 'key1', operator: 'Equal', value: 'value1', effect: 'NoSchedule' },
      { key: 'key1', operator: 'Equal', value: 'value1', effect: 'NoExecute' },
    ],
    false,
  ],
  ['everything', [taint('key1', 'value1', 'NoExecute')], [{ operator: 'Exists' }], true],
  ['a taint that only would rather not', [taint('key1', 'value1', 'PreferNoSchedule')], [], true],
];
for (const [title, taints, tolerations, goes] of tolerating) {
  test(`taints and tolerations, ${title}: the pod ${goes ? 'goes' : 'does not go'} to the node`, (t) => {
    const views = viewsOf({ node1: { taints } });
    t.deepEqual(mayGo(views, podOf('nginx', {}, { tolerations })), goes ? ['node1'] : []);
  });
}

// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
test('node affinity, a required zone with a preferred label', (t) => {
  const zone = 'topology.kubernetes.io/zone';
  const nodes = {
    east: { labels: { [zone]: 'antarctica-east1' } },
    west: { labels: { [zone]: 'antarctica-west1', 'another-node-label-key': 'another-node-label-value' } },
    north: { labels: { [zone]: 'arctica', 'another-node-label-key': 'another-node-label-value' } },
  };
  const inZones = { key: zone, operator: 'In' as const, values: ['antarctica-east1', 'antarctica-west1'] };
  const other = { key: 'another-node-label-key', operator: 'In' as const, values: ['another-node-label-value'] };
  const nodeAffinity = {
    [required]: { nodeSelectorTerms: [{ matchExpressions: [inZones] }] },
    [preferred]: [{ weight: 1, preference: { matchExpressions: [other] } }],
  };
  const pod = podOf('with-node-affinity', {}, { affinity: { nodeAffinity } });
  t.deepEqual(fitting(viewsOf(nodes), pod), ['east', 'west']);
  t.deepEqual(mayGo(viewsOf(nodes), pod), ['west']);
});

test('node affinity, of two preferred terms the one with the weight of 50 wins', (t) => {
  const prefers = (weight: number, key: string, value: string) => ({
    weight,
    preference: { matchExpressions: [{ key, operator: 'In' as const, values: [value] }] },
  });
  const linux = { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In' as const, values: ['linux'] }] };
  const nodeAffinity = {
    [required]: { nodeSelectorTerms: [linux] },
    [preferred]: [prefers(1, 'label-1', 'key-1'), prefers(50, 'label-2', 'key-2')],
  };
  const nodes = {
    one: { labels: { 'kubernetes.io/os': 'linux', 'label-1': 'key-1' } },
    two: { labels: { 'kubernetes.io/os': 'linux', 'label-2': 'key-2' } },
    three: { labels: { 'label-2': 'key-2' } },
  };
  t.deepEqual(mayGo(viewsOf(nodes), podOf('p', {}, { affinity: { nodeAffinity } })), ['two']);
});

test('pod affinity, in the zone of S1 and rather not in that of S2', (t) => {
  const zone = 'topology.kubernetes.io/zone';
  const term = (value: string) => ({
    labelSelector: { matchExpressions: [{ key: 'security', operator: 'In' as const, values: [value] }] },
    topologyKey: zone,
  });
  const affinity = {
    podAffinity: { [required]: [term('S1')] },
    podAntiAffinity: { [preferred]: [{ weight: 100, podAffinityTerm: term('S2') }] },
  };
  const views = viewsOf({
    a: { labels: { [zone]: 'V' } },
    b: { labels: { [zone]: 'V' } },
    c: { labels: { [zone]: 'R' } },
    d: { labels: { [zone]: 'X' } },
  });
  run(views, podOf('s1', { security: 'S1' }), 'a');
  run(views, podOf('s1-too', { security: 'S1' }), 'c');
  run(views, podOf('s2', { security: 'S2' }), 'c');
  const pod = podOf('with-pod-affinity', {}, { affinity });
  t.deepEqual(fitting(views, pod), ['a', 'b', 'c']);
  t.true(mayGo(views, pod).every((node) => node === 'a' || node === 'b'));
});

test('inter-pod affinity, three caches are apart, and each web server goes to a cache of its own', (t) => {
  const about = (app: string) => ({
    labelSelector: { matchExpressions: [{ key: 'app', operator: 'In' as const, values: [app] }] },
    topologyKey: 'kubernetes.io/hostname',
  });
  const apart = (app: string) => ({ podAntiAffinity: { [required]: [about(app)] } });
  const views = viewsOf({ 'node-1': {}, 'node-2': {}, 'node-3': {}, 'node-4': {} });
  const placer = new Placer(views, defaultProfile);
  const three = (app: string, affinity: PodSpec['affinity']) =>
    [0, 1, 2].map((i) => factsOf(podOf(`${app}-${i}`, { app }, { affinity })));
  const caches = placer.place(three('store', apart('store')), 1).map(({ node }) => node);
  t.is(new Set(caches).size, 3);
  const near = { podAffinity: { [required]: [about('store')] } };
  const servers = placer.place(three('web-store', { ...apart('web-store'), ...near }), 2).map(({ node }) => node);
  t.deepEqual([...servers].sort(), [...caches].sort());
});

// https://kubernetes.io/docs/concepts/scheduling-eviction/resource-bin-packing/
test('bin packing, the nodes of the page score what it says, but for its rounding to tenths', (t) => {
  const offers = (foo: string) => ({ offers: { 'intel.com/foo': foo, memory: '1Gi', cpu: '8' } });
  const views = viewsOf({ one: offers('4'), two: offers('8') });
  const asks = (name: string, requests: Record<string, string>) =>
    podOf(name, {}, { containers: [aContainer('c', { resources: { requests } })] });
  run(views, asks('used-1', { 'intel.com/foo': '1', memory: '256Mi', cpu: '1' }), 'one');
  run(views, asks('used-2', { 'intel.com/foo': '2', memory: '512Mi', cpu: '6' }), 'two');
  const resources = [
    { name: 'intel.com/foo', weight: 5 },
    { name: 'memory', weight: 1 },
    { name: 'cpu', weight: 3 },
  ];
  const shape = [
    { utilization: 0, score: 0 },
    { utilization: 100, score: 10 },
  ];
  const args = { ...defaultProfile.args, scoringStrategy: 'RequestedToCapacityRatio' as const, shape, resources };
  const pod = factsOf(asks('p', { 'intel.com/foo': '2', memory: '256Mi', cpu: '2' }));
  const verdicts = verdictsOn(pod, views, { ...defaultProfile, args });
  const raw = verdicts.map(({ scores }) => scores.find(({ plugin }) => plugin === 'NodeResourcesFit')?.raw);
  t.deepEqual(raw, [Math.floor((75 * 5 + 50 + 37 * 3) / 9), Math.floor((50 * 5 + 75 + 100 * 3) / 9)]);
  const documented = [5, 7];
  for (const [i, score] of raw.entries()) t.true(Math.abs((score ?? 0) / 10 - (documented[i] ?? 0)) < 1);
});
