import test from 'ava';
import { nodeConditions } from '../../../../src/agent/core/node/node-conditions.ts';
import type { Condition } from '../../../../src/common/model/meta.ts';
import { everyCgroup } from '../../../support/fake-cgroups.ts';

const statuses = (found: readonly Condition[]) => found.map(({ type, status }) => `${type} ${status}`);

test('a healthy node is Ready and not Degraded, and says the same later', (t) => {
  const health = { runtime: { ready: true }, cgroups: everyCgroup } as const;
  const first = nodeConditions(health, undefined, 0);
  t.deepEqual(statuses(first), ['Degraded False', 'Ready True']);
  t.deepEqual(nodeConditions(health, first, 60_000), first);
});

test('a node whose kernel enforces no memory limits is Ready, and says what to put into which file', (t) => {
  const found = nodeConditions({ runtime: { ready: true }, cgroups: { ...everyCgroup, memory: false } }, undefined, 0);
  t.deepEqual(statuses(found), ['Degraded True', 'Ready True']);
  t.regex(found[0]?.message ?? '', /cgroup_enable=memory.*\/boot\/firmware\/cmdline\.txt/);
});

test('what degrades the device beside its kernel is one condition with it, and both are said', (t) => {
  const told = { type: 'Degraded', status: 'True', reason: 'FanStopped', message: 'the fan stands still' } as const;
  const runtime = { ready: true } as const;
  const alone = nodeConditions({ runtime, cgroups: everyCgroup }, undefined, 0, told);
  t.like(alone[0], { status: 'True', reason: 'FanStopped' });
  const both = nodeConditions({ runtime, cgroups: { ...everyCgroup, memory: false } }, undefined, 0, told);
  t.is(both.length, 2);
  t.like(both[0], { status: 'True', reason: 'MemoryCgroupDisabled' });
  t.regex(both[0]?.message ?? '', /memory cgroup is off.*; the fan stands still$/);
  const well = nodeConditions({ runtime, cgroups: everyCgroup }, undefined, 0, { ...told, status: 'False' });
  t.like(well[0], { status: 'False', reason: 'AllEnforced' });
});
