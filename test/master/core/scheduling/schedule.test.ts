import test from 'ava';
import fc from 'fast-check';
import type { Pod } from '../../../../src/common/model/pod.ts';
import { NodeViews } from '../../../../src/master/core/scheduling/node-views.ts';
import { factsOf, type PodFacts } from '../../../../src/master/core/scheduling/pod-facts.ts';
import { defaultProfile } from '../../../../src/master/core/scheduling/profile.ts';
import { Placer } from '../../../../src/master/core/scheduling/schedule.ts';

const schedule = (pending: readonly PodFacts[], nodes: NodeViews, { seed }: { seed: number }) =>
  new Placer(nodes, defaultProfile).place(pending, seed);

function node(name: string, cpu: string, memory: string, more: object = {}) {
  const status = { allocatable: { cpu, memory, pods: '4' }, conditions: [{ type: 'Ready', status: 'True' as const }] };
  const after = { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status, ...more };
  return { key: { resource: 'nodes', name }, after };
}

function pod(name: string, cpu: number, memory: number, spec: object = {}): Pod {
  const resources = { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
  } as unknown as Pod;
}

test('a batch never puts more on a node than it has', (t) => {
  const size = fc.record({ cpu: fc.integer({ min: 1, max: 900 }), memory: fc.integer({ min: 1, max: 600 }) });
  const property = fc.property(
    fc.array(size, { maxLength: 30 }),
    fc.integer({ min: 0, max: 5 }),
    fc.nat(),
    (sizes, n, seed) => {
      const nodes = new NodeViews();
      for (let i = 0; i < n; i++) nodes.apply(node(`n${i}`, '1', '1Gi'));
      const facts = sizes.map(({ cpu, memory }, i) => factsOf(pod(`p${i}`, cpu, memory)));
      const placements = schedule(facts, nodes, { seed });
      t.is(placements.length, sizes.length);
      for (let i = 0; i < n; i++) {
        const here = placements.filter((one) => one.node === `n${i}`).map((one) => one.pod.requests);
        const total = (name: string) => here.reduce((sum, requests) => sum + (requests.get(name) ?? 0), 0);
        t.true(here.length <= 4);
        t.true(total('cpu') <= 1000);
        t.true(total('memory') <= 2 ** 30);
      }
    },
  );
  fc.assert(property);
});

test('the same seed places the same', (t) => {
  const place = () => {
    const nodes = new NodeViews();
    for (let i = 0; i < 5; i++) nodes.apply(node(`n${i}`, '4', '4Gi'));
    return schedule(
      [1, 2, 3].map((i) => factsOf(pod(`p${i}`, 10, 10))),
      nodes,
      { seed: 42 },
    ).map((one) => one.node);
  };
  t.deepEqual(place(), place());
});

test('a pod that fits nowhere is told why, counted in the words of Kubernetes', (t) => {
  const nodes = new NodeViews();
  for (let i = 0; i < 3; i++) nodes.apply(node(`a${i}`, '4', '4Gi'));
  for (let i = 0; i < 2; i++) {
    const metadata = { name: `b${i}`, labels: { disk: 'ssd' } };
    nodes.apply(node(`b${i}`, '4', '64Mi', { metadata }));
  }
  const [placement] = schedule([factsOf(pod('p', 1, 512, { nodeSelector: { disk: 'ssd' } }))], nodes, { seed: 1 });
  t.is(
    placement?.node === undefined ? placement?.message : placement.node,
    "0/5 nodes are available: 2 Insufficient memory, 3 node(s) didn't match Pod's node affinity/selector.",
  );
});

test('an init container counts only where it asks for more than the others together', (t) => {
  const resources = (cpu: string) => ({ name: cpu, image: 'i', resources: { requests: { cpu } } });
  const spec = { containers: [resources('100m'), resources('200m')], initContainers: [resources('250m')] };
  t.is(factsOf(pod('p', 0, 0, spec)).requests.get('cpu'), 300);
  t.is(factsOf(pod('p', 0, 0, { ...spec, initContainers: [resources('400m')] })).requests.get('cpu'), 400);
});

test('two pods never share a host port on a node', (t) => {
  const nodes = new NodeViews();
  nodes.apply(node('n', '4', '4Gi'));
  const ports = [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' }];
  const spec = { containers: [{ name: 'c', image: 'i', resources: {}, ports }] };
  const [first, second] = schedule([factsOf(pod('a', 1, 1, spec)), factsOf(pod('b', 1, 1, spec))], nodes, { seed: 1 });
  t.is(first?.node, 'n');
  t.is(second?.node, undefined);
});
