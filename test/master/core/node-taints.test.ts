import test from 'ava';
import fc from 'fast-check';
import { masterSettings } from '../../../src/common/model/config/master-settings.ts';
import type { Node, Taint } from '../../../src/common/model/node.ts';
import { agentConditions, parseTaintPolicy, policyTaints } from '../../../src/common/model/node-conditions.ts';
import { taintsFor } from '../../../src/master/core/node-taints.ts';

const NOW = 1_767_225_600_000;
const policy = parseTaintPolicy(masterSettings.parse({}).nodeConditionTaints) ?? new Map();
type Status = 'True' | 'False' | 'Unknown';

function node(conditions: Readonly<Record<string, Status>>, spec: Node['spec'] = {}): Node {
  const list = Object.entries({ Ready: 'True' as Status, ...conditions }).map(([type, status]) => ({ type, status }));
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi' }, spec, status: { conditions: list } };
}
const taints = (...of: Parameters<typeof node>) =>
  taintsFor(node(...of), policy, NOW).map(({ key, effect }) => `${key}:${effect}`);

test('each condition gives the taint that Kubernetes or the policy has for it', (t) => {
  const rows: readonly [Readonly<Record<string, Status>>, readonly string[]][] = [
    [{}, []],
    [{ MemoryPressure: 'True' }, ['node.kubernetes.io/memory-pressure:NoSchedule']],
    [{ DiskPressure: 'True' }, ['node.kubernetes.io/disk-pressure:NoSchedule']],
    [{ PIDPressure: 'True' }, ['node.kubernetes.io/pid-pressure:NoSchedule']],
    [{ MemoryPressure: 'False', DiskPressure: 'Unknown' }, []],
    [{ UnderVoltage: 'True' }, ['bramble.io/under-voltage:PreferNoSchedule']],
    [{ ThermalThrottling: 'True' }, ['bramble.io/thermal-throttling:PreferNoSchedule']],
    [{ ReadOnlyFilesystem: 'True' }, ['bramble.io/read-only-filesystem:NoSchedule']],
    [{ StorageWear: 'True', ClockUnsynced: 'True', Degraded: 'True' }, []],
    [{ Ready: 'False' }, ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute']],
    [
      { Ready: 'Unknown', UnderVoltage: 'Unknown' },
      ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'],
    ],
  ];
  for (const [conditions, expected] of rows) t.deepEqual(taints(conditions), expected, JSON.stringify(conditions));
  t.deepEqual(taints({}, { unschedulable: true }), ['node.kubernetes.io/unschedulable:NoSchedule']);
});

test('a taint goes with its condition, and its time stays while the condition holds', (t) => {
  const [taint] = taintsFor(node({ UnderVoltage: 'True' }), policy, NOW);
  t.is(taint?.timeAdded, '2026-01-01T00:00:00Z');
  const spec = { taints: [taint as Taint] };
  t.deepEqual(taintsFor(node({ UnderVoltage: 'True' }, spec), policy, NOW + 60_000), spec.taints);
  t.deepEqual(taintsFor(node({ UnderVoltage: 'False' }, spec), policy, NOW), []);
});

test('what a policy no longer names loses its taint; what people have set stays', (t) => {
  const set: readonly Taint[] = [
    { key: 'bramble.io/under-voltage', effect: 'NoSchedule' },
    { key: 'bramble.io/under-voltage', effect: 'NoExecute' },
    { key: 'example.com/mine', effect: 'NoSchedule', value: 'x' },
  ];
  const found = taintsFor(node({ UnderVoltage: 'True' }, { taints: [...set] }), new Map(), NOW);
  t.deepEqual(found, set.slice(1));
});

test('property: the taints are those of the conditions and those of others, and a second look changes nothing', (t) => {
  const status = fc.constantFrom<Status>('True', 'False', 'Unknown');
  const others = fc.array(fc.record({ key: fc.constantFrom('a/b', 'c'), effect: fc.constant('NoSchedule' as const) }));
  const policies = fc
    .dictionary(fc.constantFrom(...Object.keys(policyTaints)), fc.constantFrom('NoSchedule', 'PreferNoSchedule'))
    .map((entries) => new Map(Object.entries(entries)) as typeof policy);
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...agentConditions), status),
      others,
      policies,
      (conditions, mine, by) => {
        const first = taintsFor(node(conditions, { taints: mine }), by, NOW);
        t.deepEqual(taintsFor(node(conditions, { taints: [...first] }), by, NOW + 1), first);
        t.deepEqual(first.slice(0, mine.length), mine);
        for (const [type, key] of Object.entries(policyTaints)) {
          const effect = conditions[type] === 'True' ? by.get(type) : undefined;
          t.is(first.find((one) => one.key === key)?.effect, effect);
        }
        t.deepEqual(taintsFor(node({}, { taints: [...first] }), by, NOW), mine);
      },
    ),
  );
});

test('a policy is refused with what is accepted', (t) => {
  for (const wrong of [
    'UnderVoltage',
    'UnderVoltage=NoExecute',
    'Hot=NoSchedule',
    'Degraded=NoSchedule,Degraded=NoSchedule',
  ]) {
    const { error } = masterSettings.safeParse({ nodeConditionTaints: wrong });
    t.regex(error?.message ?? '', /UnderVoltage.*NoSchedule, PreferNoSchedule/);
  }
  t.is(parseTaintPolicy('')?.size, 0);
});
