/** Each plugin that the plain scheduler leaves out, against a reference of a line or two. */

import test from 'ava';
import fc from 'fast-check';
import type { Node } from '../../../../src/common/model/node.ts';
import type { Pod } from '../../../../src/common/model/pod.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import type { NodeVerdict } from '../../../../src/common/model/scheduling-explanation.ts';
import { verdictsOn } from '../../../../src/master/core/scheduling/explain.ts';
import { NodeViews } from '../../../../src/master/core/scheduling/node-views.ts';
import { factsOf } from '../../../../src/master/core/scheduling/pod-facts.ts';
import { defaultProfile, type Profile } from '../../../../src/master/core/scheduling/profile.ts';
import { Placer } from '../../../../src/master/core/scheduling/schedule.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

type SomeNode = { readonly labels?: Record<string, string>; readonly status?: Partial<NonNullable<Node['status']>> };
const offers = { cpu: '8', memory: '8Gi', pods: '110' };
const READY = { type: 'Ready', status: 'True' as const };

function worldOf(nodes: readonly SomeNode[], placed: readonly (readonly [pod: Pod, node: number])[] = []): NodeViews {
  const views = new NodeViews();
  for (const [i, { labels = {}, status }] of nodes.entries()) {
    const name = `n${i}`;
    const after: Node = {
      ...{ apiVersion: 'v1', kind: 'Node', spec: {}, metadata: { name, labels } },
      status: { allocatable: offers, conditions: [READY], ...status },
    };
    views.apply({ key: { resource: 'nodes', name }, after });
  }
  for (const [pod, node] of placed) views.assume(factsOf(pod), `n${node}`);
  return views;
}
const podOf = (name: string, spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}) =>
  aPod(name, { spec: { nodeName: undefined, ...spec }, metadata });
const asking = (name: string, requests: Record<string, string>) =>
  podOf(name, { containers: [aContainer('c', { resources: { requests } })] });

/** Whether the plugin lets the pod onto each node; that the decision is of the same mind is checked beside. */
function passes(plugin: string, pod: Pod, views: NodeViews, profile: Profile = defaultProfile): readonly boolean[] {
  const verdicts = verdictsOn(factsOf(pod), views, profile);
  const open = verdicts.filter(({ fits }) => fits).map(({ node }) => node);
  const [placement] = new Placer(views, profile).place([factsOf(pod)], 1);
  views.forget(pod.metadata.uid ?? '');
  const chosen = placement?.node;
  if (chosen === undefined ? open.length > 0 : !open.includes(chosen)) throw new Error(`${chosen} of ${open.join()}`);
  const said = (one: NodeVerdict) => one.filters.find((filter) => filter.plugin === plugin)?.reasons.length ?? 0;
  return verdicts.map((one) => said(one) === 0);
}
/** The raw scores of a plugin on nodes that all fit. */
const scores = (plugin: string, pod: Pod, views: NodeViews, args: Partial<Profile['args']> = {}) =>
  verdictsOn(factsOf(pod), views, { ...defaultProfile, args: { ...defaultProfile.args, ...args } }).map(
    (one) => one.scores.find((score) => score.plugin === plugin)?.raw,
  );

test('NodePorts: a port clashes on the same protocol and address, or when either is any', (t) => {
  const port = fc.record({
    hostPort: fc.constantFrom(80, 81),
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
    hostIP: fc.constantFrom(undefined, '0.0.0.0', '10.0.0.1', '10.0.0.2'),
  });
  type Port = typeof port extends fc.Arbitrary<infer T> ? T : never;
  const withPort = (name: string, { hostIP, ...one }: Port) =>
    podOf(name, {
      containers: [aContainer('c', { ports: [{ containerPort: 1, ...one, ...(hostIP && { hostIP }) }] })],
    });
  const any = ({ hostIP = '0.0.0.0' }: Port) => hostIP === '0.0.0.0';
  const property = fc.property(fc.array(port, { maxLength: 3 }), port, (taken, wanted) => {
    const views = worldOf(
      [{}, {}],
      taken.map((one, i) => [withPort(`p${i}`, one), 0]),
    );
    const clashes = taken.some(
      (one) =>
        one.hostPort === wanted.hostPort &&
        one.protocol === wanted.protocol &&
        (any(one) || any(wanted) || one.hostIP === wanted.hostIP),
    );
    t.deepEqual(passes('NodePorts', withPort('w', wanted), views), [!clashes, true]);
  });
  fc.assert(property);
});

test('NodeLabel: all labels that must be there are, and none that must not', (t) => {
  const names = fc.subarray(['a', 'b', 'c']);
  const property = fc.property(
    fc.array(names, { minLength: 1, maxLength: 4 }),
    names,
    names,
    (nodes, must, mustNot) => {
      const views = worldOf(nodes.map((keys) => ({ labels: Object.fromEntries(keys.map((key) => [key, 'any'])) })));
      const labelPresence = [
        { labels: must, presence: true },
        { labels: mustNot, presence: false },
      ];
      const profile = { ...defaultProfile, args: { ...defaultProfile.args, labelPresence } };
      t.deepEqual(
        passes('NodeLabel', podOf('p'), views, profile),
        nodes.map((keys) => must.every((key) => keys.includes(key)) && !mustNot.some((key) => keys.includes(key))),
      );
      const labelPreference = [
        ...must.map((label) => ({ label, presence: true })),
        ...mustNot.map((label) => ({ label, presence: false })),
      ];
      const held = nodes.map((keys) =>
        labelPreference.filter(({ label, presence }) => keys.includes(label) === presence),
      );
      const expected = held.map((list) => Math.floor((100 * list.length) / labelPreference.length));
      t.deepEqual(
        scores('NodeLabel', podOf('p'), views, { labelPreference }),
        labelPreference.length === 0 ? nodes.map(() => undefined) : expected,
      );
    },
  );
  fc.assert(property);
});

test('ServiceAffinity: where pods of the service are, their label values are asked for', (t) => {
  const zone = fc.constantFrom('x', 'y', undefined);
  const placed = fc.array(fc.tuple(fc.constantFrom('web', 'db'), fc.nat(3)), { maxLength: 4 });
  const zones = fc.tuple(zone, zone, zone, zone);
  const property = fc.property(zones, placed, fc.constantFrom('x', undefined), (list, pods, chosen) => {
    const own = (app: string) => ({ labels: { app } });
    const views = worldOf(
      list.map((value) => ({ labels: value === undefined ? {} : { zone: value } })),
      pods.map(([app, node], i) => [podOf(`p${i}`, {}, own(app)), node]),
    );
    const serviceAffinity = { labels: ['zone'], serviceLabel: 'app' };
    const profile = { ...defaultProfile, args: { ...defaultProfile.args, serviceAffinity } };
    const pod = podOf('p', chosen === undefined ? {} : { nodeSelector: { zone: chosen } }, own('web'));
    const mates = pods.filter(([app, node]) => app === 'web' && list[node] !== undefined).map(([, node]) => list[node]);
    const free = chosen !== undefined || mates.length === 0;
    t.deepEqual(
      passes('ServiceAffinity', pod, views, profile),
      list.map((value) => free || (value !== undefined && mates.includes(value))),
    );
  });
  fc.assert(property);
});

test('NodeResourcesFit: every resource and the number of pods have room', (t) => {
  const amounts = fc.record({ cpu: fc.nat(4), memory: fc.nat(4), 'x.io/dongle': fc.nat(2) });
  const texts = (amount: Record<string, number>) =>
    Object.fromEntries(Object.entries(amount).map(([name, value]) => [name, String(value)]));
  const property = fc.property(
    amounts,
    fc.integer({ min: 1, max: 4 }),
    fc.array(amounts, { maxLength: 3 }),
    amounts,
    (all, pods, used, wanted) => {
      const allocatable = { ...texts(all), pods: String(pods) };
      const views = worldOf(
        [{ status: { allocatable } }],
        used.map((one, i) => [asking(`p${i}`, texts(one)), 0]),
      );
      const room = (['cpu', 'memory', 'x.io/dongle'] as const).every(
        (name) => wanted[name] === 0 || used.reduce((sum, one) => sum + one[name], wanted[name]) <= all[name],
      );
      t.deepEqual(passes('NodeResourcesFit', asking('w', texts(wanted)), views), [room && used.length < pods]);
    },
  );
  fc.assert(property);
});

test('the scores by resources: empty, full and by shape are the mean of the shares; balance is their distance', (t) => {
  const share = fc.integer({ min: 1, max: 50 });
  const property = fc.property(share, share, share, share, (cpu, memory, moreCpu, moreMemory) => {
    const status = { allocatable: { cpu: '100', memory: '100000000000', pods: '9' } };
    const of = (name: string, a: number, b: number) => asking(name, { cpu: `${a}`, memory: `${b}000000000` });
    const views = worldOf([{ status }], [[of('used', cpu, memory), 0]]);
    const pod = of('p', moreCpu, moreMemory);
    const [c, m] = [cpu + moreCpu, memory + moreMemory];
    const fitScores = (scoringStrategy: Profile['args']['scoringStrategy'], shape: Profile['args']['shape'] = []) =>
      scores('NodeResourcesFit', pod, views, { scoringStrategy, shape });
    t.deepEqual(fitScores('LeastAllocated'), [Math.floor((100 - c + (100 - m)) / 2)]);
    t.deepEqual(fitScores('MostAllocated'), [Math.floor((c + m) / 2)]);
    const falling = [
      { utilization: 0, score: 10 },
      { utilization: 100, score: 0 },
    ];
    t.deepEqual(fitScores('RequestedToCapacityRatio', falling), [Math.floor((100 - c + (100 - m)) / 2)]);
    const [balance = 0] = scores('NodeResourcesBalancedAllocation', pod, views);
    t.true(Math.abs((balance ?? 0) - (100 - Math.abs(c - m) / 2)) <= 1, 'to the rounding of fractions');
  });
  fc.assert(property);
});

test('DeviceHealth: each ailment halves it', (t) => {
  const status = fc.constantFrom('True' as const, 'False' as const, undefined);
  const property = fc.property(status, status, (degraded, link) => {
    const found = { Degraded: degraded, LinkDegraded: link };
    const conditions = Object.entries(found).flatMap(([type, is]) => (is === undefined ? [] : [{ type, status: is }]));
    const views = worldOf([{ status: { conditions: [READY, ...conditions] } }]);
    const ill = Object.values(found).filter((is) => is === 'True').length;
    t.deepEqual(scores('DeviceHealth', podOf('p'), views), [Math.floor(100 / 2 ** ill)]);
  });
  fc.assert(property);
});

test('ImageLocality: the more bytes are there the better, and never worse', (t) => {
  const size = fc.integer({ min: 0, max: 2_000_000_000 });
  const property = fc.property(fc.array(size, { minLength: 1, maxLength: 5 }), (sizes) => {
    const views = worldOf(
      sizes.map((sizeBytes) => ({ status: { images: [{ names: ['registry.test/app:1'], sizeBytes }] } })),
    );
    const found = scores('ImageLocality', podOf('p'), views);
    for (const [i, own] of sizes.entries()) {
      for (const [j, other] of sizes.entries()) t.true(own < other || (found[i] ?? -1) >= (found[j] ?? 0));
      t.true((found[i] ?? -1) >= 0 && (found[i] ?? 101) <= 100);
    }
  });
  fc.assert(property);
});

test('without constraints the replicas of one controller are spread over hosts', (t) => {
  const property = fc.property(fc.array(fc.nat(3), { maxLength: 8 }), (where) => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r', controller: true };
    const replica = (name: string) => podOf(name, {}, { ownerReferences: [owner] });
    const nodes = [0, 1, 2, 3].map((i) => ({ labels: { 'kubernetes.io/hostname': `n${i}` } }));
    const views = worldOf(
      nodes,
      where.map((node, i) => [replica(`p${i}`), node]),
    );
    const counts = [0, 1, 2, 3].map((i) => where.filter((node) => node === i).length);
    const normal = verdictsOn(factsOf(replica('p')), views, defaultProfile).map(
      ({ scores: all }) => all.find(({ plugin }) => plugin === 'PodTopologySpread')?.normalised ?? 0,
    );
    for (const [i, own] of counts.entries()) {
      for (const [j, other] of counts.entries()) t.true(own >= other || (normal[i] ?? 0) > (normal[j] ?? 0));
    }
  });
  fc.assert(property);
});
