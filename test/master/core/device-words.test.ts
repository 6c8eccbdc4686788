import test from 'ava';
import type { Condition } from '../../../src/common/model/meta.ts';
import type { Node } from '../../../src/common/model/node.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import { difference, digestOf } from '../../../src/master/core/desired.ts';
import { nodeStatus, podStatus } from '../../../src/master/core/device-words.ts';
import { touchedNodes } from '../../../src/master/core/touched-nodes.ts';
import { ClusterView } from '../../../src/master/core/view.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

const is = (type: string, status: Condition['status'] = 'True'): Condition => ({ type, status });
const withConditions = (pod: Pod, conditions: Condition[]): Pod => ({
  ...pod,
  status: { phase: 'Running', conditions },
});
const gated = aPod('web', { spec: { readinessGates: [{ conditionType: 'example.com/gate' }] } });

test('a device replaces its own conditions and keeps those of others', (t) => {
  const stored = withConditions(gated, [
    is('PodScheduled'),
    is('example.com/gate'),
    is('Ready'),
    is('PodResizePending'),
  ]);
  const said = { phase: 'Running', conditions: [is('Ready', 'False'), is('example.com/gate', 'False')] };
  t.deepEqual(podStatus(stored, said), {
    phase: 'Running',
    conditions: [is('PodScheduled'), is('example.com/gate'), is('Ready', 'False')],
  });
});

test('a device that says the same again changes nothing', (t) => {
  const stored = withConditions(gated, [is('Ready'), is('example.com/gate')]);
  t.is(podStatus(stored, { phase: 'Running', conditions: [is('Ready')] } as never), undefined);
});

test('a device speaks of DisruptionTarget, and of PodScheduled where nobody did', (t) => {
  const said = { phase: 'Failed', conditions: [is('PodScheduled', 'False'), is('DisruptionTarget')] };
  t.deepEqual(podStatus(gated, said), said);
  const evicted = withConditions(gated, [is('PodScheduled'), is('DisruptionTarget')]);
  t.deepEqual(podStatus(evicted, { phase: 'Failed', conditions: [] } as never), {
    phase: 'Failed',
    conditions: [is('PodScheduled'), is('DisruptionTarget')],
  } as never);
});

test('a device sees a readiness gate that others set, a shorter grace period, and nothing of its own words', (t) => {
  const digest = (pod: Pod) => digestOf(pod, new WeakMap());
  const closed = withConditions(gated, [is('example.com/gate', 'False')]);
  const open = withConditions(gated, [is('example.com/gate')]);
  t.not(digest(closed), digest(open));
  t.not(digest(gated), digest(open));
  t.is(digest(open), digest(withConditions(gated, [is('example.com/gate'), is('Ready'), is('example.com/other')])));
  const ending = (seconds: number): Pod => ({
    ...gated,
    metadata: { ...gated.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: seconds },
  });
  t.not(digest(ending(30)), digest(ending(1)));
});

test('a device is told to ask again when a gate opens, not when its own words are stored', (t) => {
  const view = new ClusterView();
  const key = { resource: 'pods', namespace: 'default', name: 'web' };
  const touched = (after: Pod) => [...touchedNodes([{ key, before: gated, after }], view)];
  t.deepEqual(touched(withConditions(gated, [is('Ready')])), []);
  t.deepEqual(touched(withConditions(gated, [is('example.com/gate')])), ['pi-7']);
});

test('a device gets pods with the defaults that an older version did not store', (t) => {
  const { terminationMessagePath: _path, ...container } = aContainer();
  const old = aPod('web', { spec: { containers: [container as never] } });
  const [item] = difference([old], {}, new WeakMap()).set;
  t.is((item?.object as Pod | undefined)?.spec.containers[0]?.terminationMessagePath, '/dev/termination-log');
});

test('what somebody else says that a node offers stays when the device speaks of its own', (t) => {
  const stored: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'pi-1' },
    spec: {},
    status: { capacity: { cpu: '4', 'example.com/dongle': '2' }, allocatable: { cpu: '4', 'example.com/dongle': '1' } },
  };
  const said = { ...stored, status: { capacity: { cpu: '3' }, allocatable: { cpu: '2' }, conditions: [is('Ready')] } };
  t.deepEqual(nodeStatus(stored, said), {
    capacity: { cpu: '3', 'example.com/dongle': '2' },
    allocatable: { cpu: '2', 'example.com/dongle': '1' },
    conditions: [is('Ready')],
  });
});

test('what the device offered by itself goes when it offers it no more', (t) => {
  const offers = { cpu: '4', 'bramble.io/gpio': '1', 'example.com/dongle': '2' };
  const stored = {
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-1' }, spec: {} },
    status: { capacity: offers, allocatable: offers, conditions: [], device: { resources: ['bramble.io/gpio'] } },
  } satisfies Node;
  const said = { ...stored, status: { capacity: { cpu: '4' }, allocatable: { cpu: '4' }, conditions: [] } };
  const left = { cpu: '4', 'example.com/dongle': '2' };
  t.deepEqual(nodeStatus(stored, said), { capacity: left, allocatable: left, conditions: [] } as never);
});

test('what an agent learns late of its device stays until it says it anew, unless the card is another', (t) => {
  const known = {
    pageSizeBytes: 4096,
    writtenBytesPerDay: { agent: 1024, logs: 2048 },
    lastReboot: { reason: 'PowerLoss', message: 'cut', bootID: 'b' },
  } as const;
  const nodeInfo = { machineID: 'm' };
  const stored = { metadata: { name: 'n' }, status: { nodeInfo, conditions: [], device: known } } as unknown as Node;
  const says = (device: object | undefined, machineID = 'm') =>
    nodeStatus(stored, { ...stored, status: { nodeInfo: { machineID }, conditions: [], ...(device && { device }) } });
  const { pageSizeBytes: _, ...late } = known;
  t.is(says({ pageSizeBytes: 4096 }), undefined);
  t.deepEqual((says(undefined) as Node['status'])?.device, late);
  const lastReboot = { ...known.lastReboot, reason: 'Requested', bootID: 'c' };
  t.deepEqual((says({ pageSizeBytes: 4096, lastReboot }) as Node['status'])?.device, { ...known, lastReboot } as never);
  t.deepEqual((says({ pageSizeBytes: 16384 }, 'other') as Node['status'])?.device, { pageSizeBytes: 16384 });
});
