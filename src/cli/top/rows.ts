/** The tables of `top`. A row is of something that should be there; without a sample its figures are not known. */

import { toBytes, toMillis } from '../../common/lib/quantity.ts';
import { podSummary } from '../../common/model/columns/pod-summary.ts';
import type { Node } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { ContainerSample, PodSample, UsageSample } from '../../common/model/usage-sample.ts';
import { cpuText, diskText, memoryText, networkText, percentText, processesText, unknown } from './figures.ts';

export type NodeRow = { readonly node: Node; readonly sample: UsageSample | undefined };
export type PodRow = {
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  readonly usage: PodSample | undefined;
  /** As the API knows it, where it was asked. */
  readonly pod?: Pod | undefined;
};
export type ContainerRow = Omit<PodRow, 'usage'> & {
  readonly container: string;
  readonly usage: ContainerSample | undefined;
};
type Table = { readonly headers: readonly string[]; readonly rows: readonly (readonly string[])[] };

export function nodeTable(rows: readonly NodeRow[], wide: boolean): Table {
  return {
    headers: [
      'NAME',
      'CPU(cores)',
      'CPU(%)',
      'MEMORY(bytes)',
      'MEMORY(%)',
      ...(wide ? ['DISK(%)', 'NETWORK(in/out)', 'DISK(read/written)', 'PROCESSES', 'PODS', 'SWAP(bytes)'] : []),
    ],
    rows: rows.map(({ node, sample }) => {
      const usage = sample?.node;
      const { cpu: cores, memory } = node.status?.allocatable ?? {};
      const nodefs = usage?.nodefs;
      const swap = usage?.memory?.swapBytes;
      return [
        node.metadata.name,
        cpuText(usage),
        percentText(usage?.cpu?.nanoCores, cores === undefined ? undefined : toMillis(cores) * 1e6),
        memoryText(usage),
        percentText(usage?.memory?.workingSetBytes, memory === undefined ? undefined : toBytes(memory)),
        ...(wide
          ? [
              percentText(nodefs?.usedBytes, nodefs?.capacityBytes),
              networkText(usage?.network),
              diskText(usage?.io),
              processesText(usage),
              sample === undefined ? unknown : String(sample.pods.length),
              swap === undefined ? unknown : `${Math.floor(swap / 2 ** 20)}Mi`,
            ]
          : []),
      ];
    }),
  };
}

export function podTable(rows: readonly PodRow[], wide: boolean, withNamespace: boolean): Table {
  return {
    headers: [
      ...(withNamespace ? ['NAMESPACE'] : []),
      'NAME',
      'CPU(cores)',
      'MEMORY(bytes)',
      ...(wide ? ['NETWORK(in/out)', 'DISK(read/written)', 'PROCESSES', 'RESTARTS', 'NODE'] : []),
    ],
    rows: rows.map(({ namespace, name, nodeName, usage, pod }) => [
      ...(withNamespace ? [namespace] : []),
      name,
      cpuText(usage),
      memoryText(usage),
      ...(wide
        ? [networkText(usage?.network), diskText(usage?.io), processesText(usage), restartsText(pod), nodeName]
        : []),
    ]),
  };
}

export function containerTable(rows: readonly ContainerRow[], wide: boolean, withNamespace: boolean): Table {
  return {
    headers: [
      ...(withNamespace ? ['NAMESPACE'] : []),
      'POD',
      'NAME',
      'CPU(cores)',
      'MEMORY(bytes)',
      ...(wide ? ['MEMORY(% of limit)', 'DISK(read/written)', 'WRITABLE LAYER', 'PROCESSES', 'RESTARTS', 'NODE'] : []),
    ],
    rows: rows.map(({ namespace, name, nodeName, container, usage, pod }) => {
      const { workingSetBytes, limitBytes } = usage?.memory ?? {};
      const layer = usage?.rootfs?.usedBytes;
      return [
        ...(withNamespace ? [namespace] : []),
        name,
        container,
        cpuText(usage),
        memoryText(usage),
        ...(wide
          ? [
              usage !== undefined && limitBytes === undefined ? '<none>' : percentText(workingSetBytes, limitBytes),
              diskText(usage?.io),
              layer === undefined ? unknown : `${Math.ceil(layer / 1024)}Ki`,
              processesText(usage),
              restartsText(pod, container),
              nodeName,
            ]
          : []),
      ];
    }),
  };
}

/** One row for each container that runs; one for all of a pod that nothing is known of. */
export function containersOf({ usage, ...pod }: PodRow): readonly ContainerRow[] {
  if (usage === undefined) {
    const names = pod.pod?.spec.containers.map(({ name }) => name) ?? [unknown];
    return names.map((container) => ({ ...pod, container, usage: undefined }));
  }
  return usage.containers.map((each) => ({ ...pod, container: each.name, usage: each }));
}

function restartsText(pod: Pod | undefined, container?: string): string {
  if (pod === undefined) return unknown;
  if (container === undefined) return String(podSummary(pod).restarts);
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
  return status === undefined ? unknown : String(status.restartCount);
}
