import test from 'ava';
import { type NodeUsage, nodeConditions } from '../../../../src/agent/core/node/node-conditions.ts';
import type { Condition } from '../../../../src/common/model/meta.ts';
import { everyCgroup } from '../../../support/fake-cgroups.ts';

const MIB = 1024 * 1024;
const plenty: NodeUsage = { memoryAvailableBytes: 1024 * MIB, diskAvailableRatio: 0.5, pidsAvailableRatio: 0.9 };
const conditions = (usage: NodeUsage | undefined, before?: readonly Condition[], now = 0) =>
  nodeConditions({ runtime: { ready: true }, usage, cgroups: everyCgroup }, before, now);
const statuses = (found: readonly Condition[]) => found.map(({ type, status }) => `${type} ${status}`);

test('a healthy node has no pressure and is Ready, and says the same however much is free', (t) => {
  const first = conditions(plenty);
  t.deepEqual(statuses(first), [
    'MemoryPressure False',
    'DiskPressure False',
    'PIDPressure False',
    'Degraded False',
    'Ready True',
  ]);
  const later = conditions({ ...plenty, memoryAvailableBytes: 999 * MIB, diskAvailableRatio: 0.4 }, first, 60_000);
  t.deepEqual(later, first);
});

test('what runs short is a pressure, and ends only with room to spare', (t) => {
  const memory = (mib: number, before?: readonly Condition[]) =>
    conditions({ ...plenty, memoryAvailableBytes: mib * MIB }, before);
  const short = memory(99);
  t.is(statuses(short)[0], 'MemoryPressure True');
  t.is(statuses(memory(101))[0], 'MemoryPressure False');
  t.is(statuses(memory(101, short))[0], 'MemoryPressure True');
  t.is(statuses(memory(130, short))[0], 'MemoryPressure False');
  t.true(statuses(conditions({ ...plenty, diskAvailableRatio: 0.05 })).includes('DiskPressure True'));
  t.true(statuses(conditions({ ...plenty, pidsAvailableRatio: 0.05 })).includes('PIDPressure True'));
});

test('a device that can not tell reports no pressures', (t) => {
  t.deepEqual(statuses(conditions(undefined)), ['Degraded False', 'Ready True']);
});

test('a node whose kernel enforces no memory limits is Ready, and says what to put into which file', (t) => {
  const found = nodeConditions({ runtime: { ready: true }, cgroups: { ...everyCgroup, memory: false } }, undefined, 0);
  t.deepEqual(statuses(found), ['Degraded True', 'Ready True']);
  t.regex(found[0]?.message ?? '', /cgroup_enable=memory.*\/boot\/firmware\/cmdline\.txt/);
});
