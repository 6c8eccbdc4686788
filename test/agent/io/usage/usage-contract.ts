/** What every implementation of Usage holds to, on pods that run. */

import type { TestFn } from 'ava';
import type { ContainerUsage, PodSubject, PodUsage, Usage } from '../../../../src/agent/ports/usage.ts';

export type UsageRig = { readonly usage: Usage; readonly pods: readonly PodSubject[] };

export function usageContract(test: TestFn, rig: () => UsageRig): void {
  const groups = ({ pods }: { readonly pods: readonly PodUsage[] }): readonly (PodUsage | ContainerUsage)[] =>
    pods.flatMap((pod) => [pod, ...pod.containers]);

  test.serial('pods are told in the order of the question, each with its containers, and nobody else', async (t) => {
    const { usage, pods } = rig();
    const found = await usage.read(pods, 'kept');
    t.deepEqual(
      found.pods.map(({ pod, containers }) => [pod, containers.map(({ id, name, image }) => [id, name, image])]),
      pods.map(({ pod, containers }) => [pod, containers.map(({ id, name, image }) => [id, name, image])]),
    );
    t.deepEqual((await usage.read([], 'kept')).pods, []);
  });

  test.serial('counters are whole, never negative and never fall, and no rates are told', async (t) => {
    const { usage, pods } = rig();
    const [first, second] = [await usage.read(pods, 'kept'), await usage.read(pods, 'kept')];
    t.is(first.node.cpu?.nanoCores, undefined);
    for (const [index, group] of groups(second).entries()) {
      const before = groups(first)[index];
      const nanos = group.cpu?.usageNanos ?? 0;
      t.true(Number.isSafeInteger(nanos) && nanos >= (before?.cpu?.usageNanos ?? 0));
      t.is(group.cpu?.nanoCores, undefined);
      t.true((group.memory?.pageFaults ?? 0) >= (before?.memory?.pageFaults ?? 0));
    }
    t.true((second.node.cpu?.usageNanos ?? 0) >= (first.node.cpu?.usageNanos ?? 0));
  });

  test.serial('a working set is never more than what is used, and both are there for all that runs', async (t) => {
    const { usage, pods } = rig();
    const found = await usage.read(pods, 'kept');
    for (const { memory, cpu } of [...groups(found), found.node]) {
      t.not(cpu, undefined);
      t.not(memory, undefined);
      t.true((memory?.workingSetBytes ?? 0) <= (memory?.usageBytes ?? 0));
    }
  });

  test.serial('the node has cores, memory, processes and a file system', async (t) => {
    const { usage, pods } = rig();
    const { node } = await usage.read(pods, 'fresh');
    t.true(node.cores >= 1);
    t.true((node.memory?.availableBytes ?? 0) <= node.memoryCapacityBytes);
    t.true((node.processes?.threads ?? 0) >= (node.processes?.processes ?? 0));
    t.true((node.nodefs.availableBytes ?? -1) >= 0);
  });

  test.serial('after it was closed it reads on', async (t) => {
    const { usage, pods } = rig();
    usage.close();
    const found = await usage.read(pods, 'kept');
    t.is(found.pods.length, pods.length);
    t.true(found.pods.every(({ cpu }) => cpu !== undefined));
  });
}
