import test from 'ava';
import fc from 'fast-check';
import { podCgroup, podLimits } from '../../../../src/agent/core/config/cgroup.ts';
import { linuxResources, unenforced } from '../../../../src/agent/core/config/container-resources.ts';
import type { Container } from '../../../../src/common/model/container.ts';
import { podTotal } from '../../../../src/common/model/pod-total.ts';
import { everyCgroup } from '../../../support/fake-cgroups.ts';
import { aNode } from '../../../support/node-builder.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const MIB = 1024 * 1024;
const node = aNode();
const limitsOf = (...containers: Container[]) => podLimits(aPod('web', { spec: { containers } }), everyCgroup, 4096);
const both = (cpu: string, memory: string) => ({ limits: { cpu, memory }, requests: { cpu, memory } });

test('a pod is bounded as a whole only where all of its containers are', (t) => {
  const full = aContainer('a', { resources: both('500m', '64Mi') });
  t.deepEqual(limitsOf(full, aContainer('b', { resources: both('250m', '32Mi') })), {
    ...{ cpuShares: 768, cpuQuota: 75_000, memoryBytes: 96 * MIB, pids: 4096 },
  });
  const open = aContainer('b', { resources: { limits: { memory: '32Mi' }, requests: { cpu: '250m', memory: '1Mi' } } });
  t.deepEqual(limitsOf(full, open), { cpuShares: 768, memoryBytes: 96 * MIB, pids: 4096 });
  t.deepEqual(limitsOf(aContainer('a')), { cpuShares: 2, pids: 4096 });
});

test('groups stand under the class of service, guaranteed ones beside the classes', (t) => {
  t.deepEqual(podCgroup('1-2', 'Guaranteed'), ['pod1-2']);
  t.deepEqual(podCgroup('1-2', 'Burstable'), ['burstable', 'pod1-2']);
  t.deepEqual(podCgroup('1-2', 'BestEffort'), ['besteffort', 'pod1-2']);
});

test('what the kernel does not enforce is not asked of the runtime, and is said', (t) => {
  const container = aContainer('app', { resources: { limits: { cpu: '1', memory: '64Mi' } } });
  const pod = aPod('web', { spec: { containers: [container] } });
  const without = { ...node, cgroups: { ...everyCgroup, memory: false } };
  t.is(linuxResources(pod, container, node).memoryLimitBytes, 64 * MIB);
  t.is(linuxResources(pod, container, without).memoryLimitBytes, undefined);
  t.deepEqual(unenforced(container, without), ['memory']);
  t.deepEqual(unenforced(container, node), []);
  t.is(podLimits(pod, without.cgroups, undefined).memoryBytes, undefined);
});

test('containers get no swap, in the way of each version', (t) => {
  const container = aContainer('app', { resources: { limits: { memory: '64Mi' } } });
  const pod = aPod('web', { spec: { containers: [container] } });
  const on = (version: 1 | 2) =>
    linuxResources(pod, container, { ...node, cgroups: { ...everyCgroup, version, swap: true } });
  t.is(on(1).memorySwapLimitBytes, 64 * MIB);
  t.deepEqual(on(2).unified, { 'memory.swap.max': '0' });
});

test('a pod takes the most that runs at one time: containers with sidecars, or an init container with those before it', (t) => {
  const init = (name: string, sidecar: boolean) =>
    aContainer(name, sidecar ? { restartPolicy: 'Always' as const } : {});
  const size: Record<string, number> = { s1: 10, i1: 50, s2: 20, i2: 5, a: 7, b: 8 };
  const total = (...initContainers: Container[]) =>
    podTotal({ initContainers, containers: [aContainer('a'), aContainer('b')] }, ({ name }) => size[name] ?? 0);
  t.is(total(), 15);
  t.is(total(init('i1', false)), 50);
  t.is(total(init('s1', true), init('i1', false)), 60);
  t.is(total(init('s1', true), init('s2', true), init('i2', false)), 45);
  const amounts = fc.array(fc.tuple(fc.boolean(), fc.nat(100)), { maxLength: 5 });
  fc.assert(
    fc.property(amounts, fc.array(fc.nat(100), { minLength: 1, maxLength: 4 }), (inits, mains) => {
      const all = [
        ...inits.map(([sidecar, amount]) => ({ sidecar, amount })),
        ...mains.map((amount) => ({ sidecar: false, amount })),
      ];
      const of = ({ name }: Container) => all[Number(name.slice(1))]?.amount ?? 0;
      const initContainers = inits.map(([sidecar], at) => init(`c${at}`, sidecar));
      const containers = mains.map((_, at) => aContainer(`c${inits.length + at}`));
      const sum = podTotal({ initContainers, containers }, of);
      return sum >= mains.reduce((a, b) => a + b, 0) && inits.every(([, amount]) => sum >= amount);
    }),
  );
  t.pass();
});
