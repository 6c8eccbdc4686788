import test from 'ava';
import fc from 'fast-check';
import type { Pod } from '../../../../src/common/model/pod.ts';
import type { PodDisruptionBudget } from '../../../../src/common/model/pod-disruption-budget.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import { Budgets } from '../../../../src/master/core/scheduling/budgets.ts';
import { NodeViews } from '../../../../src/master/core/scheduling/node-views.ts';
import { factsOf } from '../../../../src/master/core/scheduling/pod-facts.ts';
import { preempt } from '../../../../src/master/core/scheduling/preemption.ts';
import { defaultProfile } from '../../../../src/master/core/scheduling/profile.ts';
import { Placer } from '../../../../src/master/core/scheduling/schedule.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

type Placed = {
  readonly node?: string;
  readonly cpu: number;
  readonly priority: number;
  readonly start?: string;
  readonly app?: string;
};

function podOf(name: string, { node, cpu, priority, start, app = 'x' }: Placed, more: Partial<PodSpec> = {}): Pod {
  const containers = [aContainer('c', { resources: { requests: { cpu: `${cpu}` } } })];
  const pod = aPod(name, {
    spec: { containers, priority, nodeName: node, ...more },
    metadata: { labels: { app } },
  });
  return start === undefined ? pod : { ...pod, status: { phase: 'Running', startTime: start } };
}

function world(
  nodes: Readonly<Record<string, number>>,
  pods: Readonly<Record<string, Placed>>,
  budgets = new Budgets(),
) {
  const views = new NodeViews();
  for (const [name, cpu] of Object.entries(nodes)) {
    const status = {
      allocatable: { cpu: `${cpu}`, memory: '4Gi' },
      conditions: [{ type: 'Ready', status: 'True' as const }],
    };
    const metadata = { name, labels: { 'kubernetes.io/hostname': name } };
    views.apply({
      key: { resource: 'nodes', name },
      after: { apiVersion: 'v1', kind: 'Node', metadata, spec: {}, status },
    });
  }
  for (const [name, placed] of Object.entries(pods)) {
    views.apply({ key: { resource: 'pods', namespace: 'default', name }, after: podOf(name, placed) });
  }
  const placer = new Placer(views, defaultProfile);
  const ask = (pod: Pod) => {
    const facts = factsOf(pod);
    const found = preempt(facts, views, placer.classOf(facts), budgets);
    return found && { node: found.node, victims: found.victims.map((one) => one.pod.metadata.name).sort() };
  };
  return { views, placer, ask };
}

test('only pods of lower priority go, and only as many as make room', (t) => {
  const pods = {
    a: { node: 'n', cpu: 1, priority: 1 },
    b: { node: 'n', cpu: 1, priority: 2 },
    c: { node: 'n', cpu: 1, priority: 5 },
  };
  const { ask } = world({ n: 3 }, pods);
  t.deepEqual(ask(podOf('p', { cpu: 1, priority: 5 })), { node: 'n', victims: ['a'] });
  t.deepEqual(ask(podOf('p', { cpu: 2, priority: 5 })), { node: 'n', victims: ['a', 'b'] });
  t.is(ask(podOf('p', { cpu: 3, priority: 5 })), undefined, 'without c there is not enough room');
  t.is(ask(podOf('p', { cpu: 1, priority: 1 })), undefined, 'equal priority is not lower');
  t.is(ask(podOf('p', { cpu: 1, priority: 5 }, { preemptionPolicy: 'Never' })), undefined);
  t.is(ask(podOf('p', { cpu: 1, priority: 5 }, { nodeSelector: { disk: 'ssd' } })), undefined, 'it would not help');
});

test('the lowest highest priority is chosen, then the smallest sum, the fewest, and those that were started last', (t) => {
  const one = (node: string, cpu: number, priority: number, start?: string) => ({
    node,
    cpu,
    priority,
    ...(start && { start }),
  });
  const wanted = podOf('p', { cpu: 2, priority: 9 });
  t.is(world({ x: 2, y: 2 }, { a: one('x', 2, 3), b: one('y', 2, 2) }).ask(wanted)?.node, 'y');
  const sums = { a: one('x', 1, 3), b: one('x', 1, 2), c: one('y', 1, 3), d: one('y', 1, 1) };
  t.is(world({ x: 2, y: 2 }, sums).ask(wanted)?.node, 'y');
  const counts = { a: one('x', 1, 3), b: one('x', 1, 3), c: one('y', 2, 3) };
  t.is(world({ x: 2, y: 2 }, counts).ask(wanted)?.node, 'y');
  const starts = { a: one('x', 2, 3, '2026-01-01T00:00:00Z'), b: one('y', 2, 3, '2026-01-02T00:00:00Z') };
  t.is(world({ x: 2, y: 2 }, starts).ask(wanted)?.node, 'y');
});

test('a pod goes that is in the way by its labels', (t) => {
  const term = { labelSelector: { matchLabels: { app: 'x' } }, topologyKey: 'kubernetes.io/hostname' };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const { ask } = world({ n: 9 }, { a: { node: 'n', cpu: 1, priority: 0 }, b: { node: 'n', cpu: 1, priority: 9 } });
  t.is(ask(podOf('p', { cpu: 1, priority: 5 }, { affinity })), undefined, 'b stays in the way');
  const alone = world({ n: 9 }, { a: { node: 'n', cpu: 1, priority: 0 } });
  t.deepEqual(alone.ask(podOf('p', { cpu: 1, priority: 5 }, { affinity })), { node: 'n', victims: ['a'] });
});

test('without the victims the pod fits, with any one of them it does not, and asking changes nothing', (t) => {
  const placed = fc.record({
    node: fc.constantFrom('x', 'y', 'z'),
    cpu: fc.integer({ min: 1, max: 3 }),
    priority: fc.nat(4),
  });
  const property = fc.property(fc.array(placed, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (list, cpu) => {
    const nodes = { x: 4, y: 5, z: 6 };
    const used = (node: string) => list.filter((one) => one.node === node).reduce((sum, one) => sum + one.cpu, 0);
    const pods = Object.fromEntries(list.map((one, i) => [`p${i}`, one]));
    const { ask, placer, views } = world(nodes, pods);
    const wanted = podOf('wanted', { cpu, priority: 3 });
    if (placer.classOf(factsOf(wanted)).fits) return;
    const before = Array.from(['x', 'y', 'z'], (name) => views.get(name)?.used.get('cpu') ?? 0);
    const found = ask(wanted);
    t.deepEqual(
      before,
      Array.from(['x', 'y', 'z'], (name) => views.get(name)?.used.get('cpu') ?? 0),
    );
    const couldFree = (node: 'x' | 'y' | 'z') =>
      used(node) -
        list.filter((one) => one.node === node && one.priority < 3).reduce((sum, one) => sum + one.cpu, 0) +
        cpu <=
      nodes[node];
    t.is(found === undefined, !(['x', 'y', 'z'] as const).some(couldFree));
    if (found === undefined) return;
    const node = found.node as 'x' | 'y' | 'z';
    const sizes = found.victims.map((name) => pods[name]?.cpu ?? 0);
    const freed = sizes.reduce((sum, one) => sum + one, 0);
    t.true(found.victims.every((name) => (pods[name]?.priority ?? 9) < 3));
    t.true(used(node) - freed + cpu <= nodes[node]);
    t.true(sizes.every((size) => used(node) - freed + size + cpu > nodes[node]));
  });
  fc.assert(property);
});

/** Budgets that let so many pods of each app go. */
function budgetsOf(allowed: Readonly<Record<string, number>>): Budgets {
  const budgets = new Budgets();
  for (const [name, disruptionsAllowed] of Object.entries(allowed)) {
    const counts = { disruptionsAllowed, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    const after: PodDisruptionBudget = {
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace: 'default' } },
      ...{ spec: { selector: { matchLabels: { app: name } } }, status: counts },
    };
    budgets.apply({ key: { resource: 'poddisruptionbudgets', namespace: 'default', name }, after });
  }
  return budgets;
}

test('a node where no budget is broken is taken before one with less important victims', (t) => {
  const pods = {
    dear: { node: 'x', cpu: 2, priority: 8, app: 'free' },
    cheap: { node: 'y', cpu: 2, priority: 1, app: 'kept' },
  };
  const wanted = podOf('p', { cpu: 2, priority: 9 });
  t.is(world({ x: 2, y: 2 }, pods, budgetsOf({ kept: 0 })).ask(wanted)?.node, 'x');
  t.is(world({ x: 2, y: 2 }, pods, budgetsOf({ kept: 1 })).ask(wanted)?.node, 'y');
  t.is(world({ y: 2 }, pods, budgetsOf({ kept: 0 })).ask(wanted)?.node, 'y', 'a budget is no promise');
});

test('a pod whose budget allows no more is spared before a more important one', (t) => {
  const pods = {
    dear: { node: 'x', cpu: 2, priority: 8, app: 'free' },
    kept: { node: 'x', cpu: 2, priority: 1, app: 'kept' },
  };
  const wanted = podOf('p', { cpu: 2, priority: 9 });
  t.deepEqual(world({ x: 4 }, pods, budgetsOf({ kept: 0 })).ask(wanted)?.victims, ['dear']);
  t.deepEqual(world({ x: 4 }, pods).ask(wanted)?.victims, ['kept']);
});

/** What Kubernetes documents, plainly: who would go from each node, and which node loses least. */
function plainly(list: readonly Required<Placed>[], nodes: Record<string, number>, wanted: number, allowed: number) {
  const found = Object.entries(nodes).flatMap(([node, cpu]) => {
    const here = list.map((one, i) => ({ ...one, name: `p${i}` })).filter((one) => one.node === node);
    const important = here
      .filter(({ priority }) => priority < 3)
      .sort((a, b) => b.priority - a.priority || a.start.localeCompare(b.start));
    let left = allowed;
    const breaking = new Set(important.filter(({ app }) => app === 'kept' && left-- <= 0));
    const sum = (pods: readonly Placed[]) => pods.reduce((total, one) => total + one.cpu, 0);
    let stay: readonly Placed[] = here.filter(({ priority }) => priority >= 3);
    if (important.length === 0 || sum(stay) + wanted > cpu) return [];
    const victims: typeof here = [];
    for (const one of [...breaking, ...important.filter((other) => !breaking.has(other))]) {
      if (sum(stay) + one.cpu + wanted <= cpu) stay = [...stay, one];
      else victims.push(one);
    }
    const highest = Math.max(...victims.map(({ priority }) => priority));
    const starts = victims.filter(({ priority }) => priority === highest).map(({ start }) => start);
    const violations = victims.filter((one) => breaking.has(one)).length;
    const total = victims.reduce((sum_, { priority }) => sum_ + priority + 2 ** 31, 0);
    return [
      { names: victims.map(({ name }) => name).sort(), rank: [violations, highest, total, victims.length], starts },
    ];
  });
  const ranked = found.sort((a, b) => {
    const at = a.rank.findIndex((one, i) => one !== b.rank[i]);
    const [earliest, other] = [a.starts.sort()[0] ?? '', b.starts.sort()[0] ?? ''];
    return at < 0 ? other.localeCompare(earliest) : (a.rank[at] ?? 0) - (b.rank[at] ?? 0);
  });
  const [best] = ranked;
  return best && { best, rivals: ranked.filter(({ rank }) => rank.join() === best.rank.join()) };
}

test('the whole order is that of a plain reference, budgets first', (t) => {
  const placed = fc.record({
    node: fc.constantFrom('x', 'y', 'z'),
    cpu: fc.integer({ min: 1, max: 3 }),
    priority: fc.nat(4),
    app: fc.constantFrom('kept', 'free'),
    start: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'),
  });
  const numbers = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(3));
  const property = fc.property(fc.array(placed, { maxLength: 12 }), numbers, (list, [cpu, allowed]) => {
    const nodes = { x: 4, y: 5, z: 6 };
    const pods = Object.fromEntries(list.map((one, i) => [`p${i}`, one]));
    const { ask, placer } = world(nodes, pods, budgetsOf({ kept: allowed }));
    const wanted = podOf('wanted', { cpu, priority: 3 });
    if (placer.classOf(factsOf(wanted)).fits) return;
    const [found, expected] = [ask(wanted), plainly(list, nodes, cpu, allowed)];
    if (expected === undefined) return void t.is(found, undefined);
    const { best, rivals } = expected;
    const first = best.starts.sort()[0];
    const equals = rivals.filter(({ starts }) => starts.sort()[0] === first).map(({ names }) => names.join());
    t.true(equals.includes(found?.victims.join() ?? ''), `${found?.victims.join()} of ${JSON.stringify(equals)}`);
  });
  fc.assert(property, { numRuns: 1000 });
});
