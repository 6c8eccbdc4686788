import test from 'ava';
import { lacking } from '../../../../src/agent/core/admission/room.ts';
import type { Container } from '../../../../src/common/model/container.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const allocatable = { cpu: '2', memory: '1Gi', pods: '3' };
const asking = (requests: Record<string, string>, spec: Partial<PodSpec> = {}, name = 'web') =>
  aPod(name, { spec: { containers: [aContainer('app', { resources: { requests } })], ...spec } });
const listening = (port: NonNullable<Container['ports']>[number]) =>
  aPod('web', { spec: { containers: [aContainer('app', { ports: [port] })] } });

test('a pod that fits beside the others lacks nothing', (t) => {
  t.is(lacking(asking({ cpu: '1', memory: '512Mi' }), [asking({ cpu: '1', memory: '512Mi' })], allocatable), undefined);
});

test('a pod that asks for more than is left is told the numbers, as the kubelet tells them', (t) => {
  t.deepEqual(lacking(asking({ cpu: '1500m' }), [asking({ cpu: '600m' })], allocatable), {
    reason: 'OutOfcpu',
    why: "Node didn't have enough resource: cpu, requested: 1500, used: 600, capacity: 2000",
  });
  t.is(lacking(asking({ memory: '2Gi' }), [], allocatable)?.reason, 'OutOfmemory');
  t.is(lacking(asking({}), [asking({}), asking({}), asking({})], allocatable)?.reason, 'OutOfpods');
});

test('what the node does not speak of is not limited', (t) => {
  t.is(lacking(asking({ 'ephemeral-storage': '1Ti' }), [], allocatable), undefined);
  t.is(
    lacking(asking({ 'ephemeral-storage': '1Ti' }), [], { 'ephemeral-storage': '1Gi' })?.reason,
    'OutOfephemeral-storage',
  );
});

test('a critical pod is not held to the resources, but to free ports', (t) => {
  t.is(lacking(asking({ cpu: '9' }, { priority: 2_000_000_000 }), [], allocatable), undefined);
  const port = { containerPort: 80, hostPort: 80, protocol: 'TCP' } as const;
  const critical = { ...listening(port), spec: { ...listening(port).spec, priority: 2_000_000_000 } };
  t.is(lacking(critical, [listening(port)], allocatable)?.reason, 'NodePorts');
});

test('host ports clash by address, protocol and number', (t) => {
  const port = { containerPort: 80, hostPort: 80, protocol: 'TCP' } as const;
  t.deepEqual(lacking(listening(port), [listening(port)], allocatable), {
    reason: 'NodePorts',
    why: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  });
  t.is(lacking(listening(port), [listening({ ...port, protocol: 'UDP' })], allocatable), undefined);
});
