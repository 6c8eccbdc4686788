import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { NodeSelectorRequirement } from '../../../../src/common/model/affinity.ts';
import type { Node } from '../../../../src/common/model/node.ts';
import type { Pod } from '../../../../src/common/model/pod.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import { verdictsOn } from '../../../../src/master/core/scheduling/explain.ts';
import { NodeViews } from '../../../../src/master/core/scheduling/node-views.ts';
import { factsOf } from '../../../../src/master/core/scheduling/pod-facts.ts';
import { defaultProfile } from '../../../../src/master/core/scheduling/profile.ts';
import { Placer } from '../../../../src/master/core/scheduling/schedule.ts';
import { judge, type World } from '../../../support/plain-scheduler.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const keys = ['zone', 'kubernetes.io/hostname'] as const;
const taint = fc.record({
  key: fc.constantFrom('a', 'b'),
  effect: fc.constantFrom('NoSchedule' as const, 'PreferNoSchedule' as const, 'NoExecute' as const),
});
const someNode = fc.record({
  name: fc.constantFrom('n0', 'n1', 'n2', 'n3', 'n4'),
  zone: fc.constantFrom(undefined, 'x', 'y'),
  host: fc.constantFrom('own', 'own', 'own', 'shared', undefined),
  disk: fc.constantFrom(undefined, '1', '5'),
  cpu: fc.integer({ min: 1, max: 6 }),
  cordoned: fc.constantFrom(false, false, false, true),
  taints: fc.array(taint, { maxLength: 2 }),
});
const selector = fc.record({ matchLabels: fc.record({ app: fc.constantFrom('web', 'db') }) });
const term = fc.record({
  labelSelector: fc.oneof(selector, fc.constant({})),
  topologyKey: fc.constantFrom(...keys),
  namespaces: fc.constantFrom<string[]>([], ['one', 'two']),
});
const terms = fc.array(term, { maxLength: 2 });
const weighted = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term }), {
  maxLength: 2,
});
const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const requirement = fc.constantFrom<NodeSelectorRequirement>(
  { key: 'disk', operator: 'Gt', values: ['2'] },
  { key: 'disk', operator: 'Exists' },
  { key: 'zone', operator: 'NotIn', values: ['x'] },
);
const nodeTerm = requirement.map((one) => ({ matchExpressions: [one] }));
const nodeTerms = fc.array(nodeTerm, { minLength: 1, maxLength: 2 }).map((list) => ({ nodeSelectorTerms: list }));
const constraint = fc.record({
  maxSkew: fc.integer({ min: 1, max: 2 }),
  topologyKey: fc.constantFrom(...keys),
  whenUnsatisfiable: fc.constantFrom('DoNotSchedule' as const, 'ScheduleAnyway' as const),
  labelSelector: selector,
  nodeAffinityPolicy: fc.constantFrom('Honor' as const, 'Ignore' as const),
  nodeTaintsPolicy: fc.constantFrom('Honor' as const, 'Ignore' as const),
});
const rarely = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const somePod = fc.record({
  app: fc.constantFrom('web', 'db'),
  namespace: fc.constantFrom('one', 'two'),
  cpu: fc.integer({ min: 1, max: 2 }),
  needs: rarely(terms),
  avoids: rarely(terms),
  likes: rarely(weighted),
  dislikes: rarely(weighted),
  nodes: rarely(nodeTerms),
  betterNodes: rarely(fc.array(fc.record({ weight: fc.integer({ min: 1, max: 100 }), preference: nodeTerm }))),
  spread: rarely(fc.array(constraint, { minLength: 1, maxLength: 2 })),
  tolerates: fc.boolean(),
});
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('node' as const), node: someNode }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('lost' as const), name: fc.constantFrom('n0', 'n1', 'n2') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('ended' as const), index: fc.nat(20) }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('pod' as const), like: fc.nat(2) }) },
);

type SomeNode = typeof someNode extends fc.Arbitrary<infer T> ? T : never;
type SomePod = typeof somePod extends fc.Arbitrary<infer T> ? T : never;

function nodeOf({ name, zone, host, disk, cpu, cordoned, taints }: SomeNode): Node {
  const hostname = host === 'own' ? name : host;
  const labels = { zone, disk, 'kubernetes.io/hostname': hostname };
  const said = Object.entries(labels).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: Object.fromEntries(said) },
    spec: { unschedulable: cordoned, taints },
    status: {
      allocatable: { cpu: `${cpu}000m`, memory: '4294967296', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

function podOf(some: SomePod, index: number): Pod {
  const spec: Partial<PodSpec> = {
    containers: [aContainer('c', { resources: { requests: { cpu: `${some.cpu}000m` } } })],
    nodeName: undefined,
    tolerations: some.tolerates ? [{ key: 'a', operator: 'Exists' }] : [],
    affinity: {
      podAffinity: { [required]: some.needs, [preferred]: some.likes },
      podAntiAffinity: { [required]: some.avoids, [preferred]: some.dislikes },
      nodeAffinity: { [required]: some.nodes, [preferred]: some.betterNodes },
    },
    topologySpreadConstraints: some.spread,
  };
  return aPod(`p${index}`, { spec, metadata: { namespace: some.namespace, labels: { app: some.app } } });
}

const keyOf = (name: string) => ({ resource: 'nodes', name });
const podKey = ({ metadata }: Pod) => ({ resource: 'pods', namespace: 'any', name: metadata.name });

test('every decision is that of a plain scheduler that looks at everything, whatever has happened before', (t) => {
  const likes = fc.tuple(somePod, somePod, somePod);
  const many = fc.array(step, { maxLength: 40, size: 'max' });
  const property = fc.property(likes, many, fc.nat(), (kinds, steps, seed) => {
    const views = new NodeViews();
    const placer = new Placer(views, defaultProfile);
    const nodes = new Map<string, Node>();
    let pods: readonly Pod[] = [];
    const take = {
      node: (node: Node) => {
        nodes.set(node.metadata.name, node);
        views.apply({ key: keyOf(node.metadata.name), after: node });
      },
      lost: (name: string) => {
        nodes.delete(name);
        views.apply({ key: keyOf(name) });
      },
      ended: (gone: Pod | undefined) => {
        if (gone !== undefined) views.apply({ key: podKey(gone), before: gone });
        pods = pods.filter((pod) => pod !== gone);
      },
      pod: (pod: Pod) => {
        const bound = decide(t, pod, { views, placer }, { nodes: [...nodes.values()], pods }, seed);
        if (bound === undefined) return;
        pods = [...pods, bound];
        views.apply({ key: podKey(bound), after: bound });
      },
    };
    for (const [index, one] of steps.entries()) {
      if (one.type === 'node') take.node(nodeOf(one.node));
      else if (one.type === 'lost') take.lost(one.name);
      else if (one.type === 'ended') take.ended(pods[one.index]);
      else take.pod(podOf(kinds[one.like] ?? kinds[0], index));
    }
  });
  fc.assert(property, { numRuns: 500 });
});

function decide(
  t: Pick<ExecutionContext, 'is' | 'true' | 'deepEqual'>,
  pod: Pod,
  { views, placer }: { views: NodeViews; placer: Placer },
  world: World,
  seed: number,
) {
  const verdicts = judge(pod, world);
  explains(t, pod, views, verdicts);
  const [placement] = placer.place([factsOf(pod)], seed);
  const highest = Math.max(-1, ...verdicts.map(({ total }) => total));
  if (highest < 0) {
    const counts = new Map<string, number>();
    for (const { reason = '' } of verdicts) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const reasons = Array.from(counts, ([reason, count]) => `${count} ${reason}`).sort();
    const message = `0/${world.nodes.length} nodes are available: ${reasons.join(', ')}.`;
    const said = placement?.node === undefined ? placement?.message : placement.node;
    t.is(said, world.nodes.length === 0 ? 'no nodes available to schedule pods' : message);
    return undefined;
  }
  const best = verdicts.filter(({ total }) => total === highest).map(({ node }) => node);
  t.true(best.includes(placement?.node ?? ''), `${placement?.node} was chosen: ${JSON.stringify(verdicts)}`);
  return { ...pod, spec: { ...pod.spec, nodeName: placement?.node } };
}

/** What people are told is what is decided: the same nodes fit, for the same first reason, and the same are the best. */
function explains(
  t: Pick<ExecutionContext, 'deepEqual'>,
  pod: Pod,
  views: NodeViews,
  verdicts: ReturnType<typeof judge>,
): void {
  const told = verdictsOn(factsOf(pod), views, defaultProfile);
  const reasons = told.map(({ node, filters }) => [node, filters.flatMap((one) => one.reasons)[0]] as const);
  t.deepEqual(Object.fromEntries(reasons), Object.fromEntries(verdicts.map(({ node, reason }) => [node, reason])));
  const best = (of: readonly { node: string; total: number }[]) => {
    const highest = Math.max(...of.map(({ total }) => total));
    return of.flatMap(({ node, total }) => (total === highest ? [node] : [])).sort();
  };
  const open = new Set(told.filter(({ fits }) => fits).map(({ node }) => node));
  t.deepEqual(best(told.filter(({ fits }) => fits)), best(verdicts.filter(({ node }) => open.has(node))));
}
