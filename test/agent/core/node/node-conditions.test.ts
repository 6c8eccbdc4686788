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
