import test from 'ava';
import type { Node } from '../../../../src/common/model/node.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import { nodePlugins } from '../../../../src/master/core/scheduling/node-plugins.ts';
import { NodeViews } from '../../../../src/master/core/scheduling/node-views.ts';
import { factsOf } from '../../../../src/master/core/scheduling/pod-facts.ts';
import { defaultProfile, type Profile } from '../../../../src/master/core/scheduling/profile.ts';
import { Placer } from '../../../../src/master/core/scheduling/schedule.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

type Change = {
  readonly labels?: Record<string, string>;
  readonly spec?: Node['spec'];
  readonly status?: Partial<NonNullable<Node['status']>>;
};
const ready = { type: 'Ready', status: 'True' as const };

function aNode(name: string, { labels = {}, spec = {}, status = {} }: Change = {}): Node {
  const allocatable = { cpu: '10', memory: '10000', pods: '10' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec,
    status: { allocatable, conditions: [ready], ...status },
  };
}
function viewsOf(...nodes: Node[]): NodeViews {
  const views = new NodeViews();
  for (const after of nodes) views.apply({ key: { resource: 'nodes', name: after.metadata.name }, after });
  return views;
}
const aPodWith = (name: string, requests: Record<string, string>, spec: Partial<PodSpec> = {}) =>
  aPod(name, { spec: { nodeName: undefined, containers: [aContainer('c', { resources: { requests } })], ...spec } });

/** What one plugin makes of a pod that takes `requests`, on a node where others take `used` already. */
function score(
  plugin: string,
  used: Record<string, string>,
  requests: Record<string, string>,
  args: Partial<Profile['args']> = {},
): number {
  const views = viewsOf(aNode('n'));
  views.assume(factsOf(aPodWith('other', used)), 'n');
  const view = views.get('n');
  const found = nodePlugins.find(({ name }) => name === plugin);
  if (view === undefined) return Number.NaN;
  return (
    found?.score?.(factsOf(aPodWith('p', requests)), view, { ...defaultProfile.args, ...args }, views.images) ??
    Number.NaN
  );
}
const place = (views: NodeViews, spec: Partial<PodSpec> = {}, profile = defaultProfile, requests = { cpu: '1' }) => {
  const [placement] = new Placer(views, profile).place([factsOf(aPodWith('p', requests, spec))], 1);
  return placement?.node === undefined ? placement?.message : placement.node;
};

test('least allocated is the mean of the free shares, most allocated of the taken ones', (t) => {
  const [used, requests] = [
    { cpu: '3', memory: '5000' },
    { cpu: '3', memory: '0' },
  ];
  // A memory request of 0 counts as 200 MiB, which is more than the node has.
  t.is(score('NodeResourcesFit', used, { cpu: '3', memory: '3000' }), Math.floor((40 + 20) / 2));
  t.is(
    score('NodeResourcesFit', used, { cpu: '3', memory: '3000' }, { scoringStrategy: 'MostAllocated' }),
    Math.floor((60 + 80) / 2),
  );
  t.is(score('NodeResourcesFit', used, requests), Math.floor(40 / 2));
});

test('requested to capacity follows the points of its shape', (t) => {
  const shape = [
    { utilization: 0, score: 0 },
    { utilization: 50, score: 10 },
    { utilization: 100, score: 0 },
  ];
  const args = { scoringStrategy: 'RequestedToCapacityRatio' as const, shape };
  t.is(score('NodeResourcesFit', { cpu: '2', memory: '2000' }, { cpu: '3', memory: '3000' }, args), 100);
  t.is(score('NodeResourcesFit', { cpu: '1', memory: '4000' }, { cpu: '1', memory: '3500' }, args), (40 + 50) / 2);
});

test('the allocation is the better balanced the nearer the shares of cpu and memory are', (t) => {
  const balance = (used: Record<string, string>) =>
    score('NodeResourcesBalancedAllocation', used, { cpu: '1', memory: '1000' });
  t.is(balance({ cpu: '4', memory: '4000' }), 100);
  t.is(balance({ cpu: '9', memory: '0' }), 55);
});

test('an extended resource is set aside, and missing where no node offers it', (t) => {
  const offers = { allocatable: { cpu: '4', memory: '4Gi', 'example.com/dongle': '1' } };
  const views = viewsOf(aNode('a'), aNode('b', { status: offers }));
  t.is(place(views, {}, defaultProfile, { 'example.com/dongle': '1' } as never), 'b');
  t.is(
    place(views, {}, defaultProfile, { 'example.com/dongle': '1' } as never),
    '0/2 nodes are available: 2 Insufficient example.com/dongle.',
  );
});

test('a tolerated taint is no hindrance, and PreferNoSchedule makes a node worse', (t) => {
  const taint = { key: 'camera', value: 'yes', effect: 'NoSchedule' as const };
  const views = viewsOf(aNode('a', { spec: { taints: [taint] } }));
  t.is(place(views), '0/1 nodes are available: 1 node(s) had untolerated taint {camera: yes}.');
  t.is(place(views, { tolerations: [{ key: 'camera', operator: 'Equal', value: 'yes' }] }), 'a');
  const wish = { ...taint, effect: 'PreferNoSchedule' as const };
  const both = viewsOf(
    aNode('a', { spec: { taints: [wish] } }),
    aNode('b', { spec: { taints: [wish, { ...wish, key: 'x' }] } }),
  );
  t.is(place(both), 'a');
});

test('conditions keep new pods away as the taints that they stand for: memory only those that ask for none', (t) => {
  const under = (type: string) => viewsOf(aNode('a', { status: { conditions: [ready, { type, status: 'True' }] } }));
  const why = (name: string) =>
    `0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/${name}: }.`;
  t.is(place(under('DiskPressure')), why('disk-pressure'));
  t.is(place(under('MemoryPressure')), 'a');
  t.is(place(under('MemoryPressure'), {}, defaultProfile, {} as never), why('memory-pressure'));
  t.is(place(viewsOf(aNode('a', { status: { conditions: [] } }))), why('not-ready'));
  t.is(
    place(viewsOf(aNode('a', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }))),
    why('unreachable'),
  );
});

test('an image that is there makes a node better, the more so the larger it is', (t) => {
  const images = (sizeBytes: number) => ({ images: [{ names: ['registry.test/app:1'], sizeBytes }] });
  const mebi = 1024 * 1024;
  t.is(
    place(viewsOf(aNode('a'), aNode('b', { status: images(900 * mebi) }), aNode('c', { status: images(30 * mebi) }))),
    'b',
  );
});

test('a device that is not well takes pods only when no better one is there', (t) => {
  const poor = aNode('a', { status: { conditions: [ready, { type: 'LinkDegraded', status: 'True' }] } });
  t.is(place(viewsOf(poor, aNode('b'))), 'b');
  t.is(place(viewsOf(poor)), 'a');
});

test('a profile may ask for labels, or prefer them, whatever their values', (t) => {
  const views = () => viewsOf(aNode('a', { labels: { retired: 'soon' } }), aNode('b', { labels: { rack: '7' } }));
  const withArgs = (args: Partial<Profile['args']>): Profile => ({
    ...defaultProfile,
    weights: { ...defaultProfile.weights, NodeLabelPresence: 1 },
    args: { ...defaultProfile.args, ...args },
  });
  t.is(place(views(), {}, withArgs({ labelPresence: [{ labels: ['rack'], presence: true }] })), 'b');
  t.is(place(views(), {}, withArgs({ labelPresence: [{ labels: ['rack'], presence: false }] })), 'a');
  t.is(place(views(), {}, withArgs({ labelPreference: [{ label: 'retired', presence: false }] })), 'b');
});

test('replicas of one controller are spread over hosts, and over zones before that', (t) => {
  const node = (name: string, zone: string) =>
    aNode(name, { labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone } });
  const views = viewsOf(node('a1', 'a'), node('a2', 'a'), node('b1', 'b'));
  const placer = new Placer(views, defaultProfile);
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'web', controller: true };
  const replica = (i: number) => {
    const pod = aPodWith(`p${i}`, { cpu: '1' });
    return factsOf({ ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } });
  };
  const nodes = [0, 1, 2].map((i) => placer.place([replica(i)], i)[0]?.node ?? '');
  t.deepEqual(new Set(nodes.slice(0, 2).map((name) => name[0])), new Set(['a', 'b']), String(nodes));
  t.is(new Set(nodes).size, 3);
});
