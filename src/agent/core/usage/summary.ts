/** A sweep as the kubelet tells it at /stats/summary (kubelet/pkg/apis/stats/v1alpha1), for what reads that. Pure. */

import { toTimestamp } from '../../../common/lib/time.ts';
import type {
  Summary,
  SummaryContainer,
  SummaryCpu,
  SummaryGroup,
  SummaryMemory,
  SummaryNetwork,
  SummaryNode,
  SummaryPod,
  SummaryPsi,
  SummaryStall,
} from './summary-shape.ts';
import type {
  ContainerUsage,
  CpuUsage,
  FsUsage,
  GroupUsage,
  InterfaceUsage,
  MemoryUsage,
  NodeUsage,
  PodUsage,
  Pressure,
  Stall,
  Sweep,
  SystemUsage,
} from './sweep.ts';

/** What the kubelet calls the parts of the system. */
const PARTS = { pods: 'pods', agent: 'kubelet', runtime: 'runtime', system: 'misc' } as const;
/** The interface that stands for all where there are several. */
const MAIN_INTERFACE = 'eth0';
const NANOS_A_MICRO = 1000;

export function summaryOf(nodeName: string, sweep: Sweep): Summary {
  const time = toTimestamp(sweep.wall);
  return {
    node: nodeSummary(nodeName, sweep, time),
    pods: sweep.pods.map((pod) => podSummary(pod, sweep.node, time)),
  };
}

function nodeSummary(nodeName: string, { node, system }: Sweep, time: string): SummaryNode {
  const { imagefs, maxProcesses, processes } = node;
  const startTime = toTimestamp(node.bootAtWall);
  const curproc = processes?.threads ?? processes?.processes;
  return {
    nodeName,
    systemContainers: system.map((part) => partSummary(part, startTime, time)),
    startTime,
    ...group(node, time),
    network: network(node.network, time),
    fs: { time, ...node.nodefs },
    ...(imagefs === undefined ? {} : { runtime: { imageFs: { time, ...imagefs }, containerFs: { time, ...imagefs } } }),
    ...(maxProcesses === undefined && curproc === undefined
      ? {}
      : {
          rlimit: {
            time,
            ...(maxProcesses === undefined ? {} : { maxpid: maxProcesses }),
            ...(curproc === undefined ? {} : { curproc }),
          },
        }),
  };
}

const partSummary = (part: SystemUsage, startTime: string, time: string): SummaryContainer => ({
  name: PARTS[part.name],
  startTime,
  ...group(part, time),
});

function podSummary(pod: PodUsage, node: NodeUsage, time: string): SummaryPod {
  const { name, namespace, uid } = pod.pod;
  return {
    podRef: { name, namespace, uid },
    startTime: toTimestamp(pod.startedAtWall),
    containers: pod.containers.map((container) => containerSummary(container, node, time)),
    ...group(pod, time),
    ...(pod.network === undefined ? {} : { network: network(pod.network, time) }),
    ...(pod.volumes.length === 0
      ? {}
      : {
          volume: pod.volumes.map(({ medium, ...volume }) => ({
            time,
            ...(medium === 'memory' ? volume : onFileSystem(volume, node.nodefs)),
            name: volume.name,
          })),
        }),
    'ephemeral-storage': { time, ...onFileSystem(ephemeralStorage(pod), node.nodefs) },
    ...(pod.processes === undefined ? {} : { process_stats: { process_count: pod.processes.processes } }),
  };
}

function containerSummary(container: ContainerUsage, node: NodeUsage, time: string): SummaryContainer {
  const { rootfs, logs } = container;
  return {
    name: container.name,
    startTime: toTimestamp(container.startedAtWall),
    ...group(container, time),
    ...(rootfs === undefined ? {} : { rootfs: { time, ...onFileSystem(rootfs, node.imagefs ?? node.nodefs) } }),
    ...(logs === undefined ? {} : { logs: { time, ...onFileSystem(logs, node.nodefs) } }),
  };
}

/** What a pod takes of the node's disk: writable layers, logs, and volumes that are not in memory. */
function ephemeralStorage({ containers, volumes }: PodUsage): FsUsage {
  const parts = [
    ...containers.flatMap(({ rootfs, logs }) => [rootfs, logs]),
    ...volumes.filter(({ medium }) => medium === 'disk'),
  ];
  const sum = (of: (part: FsUsage) => number | undefined) =>
    parts.reduce((total, part) => total + (part === undefined ? 0 : (of(part) ?? 0)), 0);
  return { usedBytes: sum(({ usedBytes }) => usedBytes), inodesUsed: sum(({ inodesUsed }) => inodesUsed) };
}

/** A part of a file system, with what all of it has. */
function onFileSystem(part: FsUsage, { usedBytes: _, inodesUsed: __, ...whole }: FsUsage): FsUsage {
  return { ...whole, ...part };
}

function group({ cpu, memory, io }: GroupUsage, time: string): SummaryGroup {
  return {
    ...(cpu === undefined ? {} : { cpu: cpuSummary(cpu, time) }),
    ...(memory === undefined ? {} : { memory: memorySummary(memory, time) }),
    ...(io?.pressure === undefined ? {} : { io: { time, psi: psi(io.pressure) } }),
    ...(memory?.swapBytes === undefined ? {} : { swap: { time, swapUsageBytes: memory.swapBytes } }),
  };
}

const cpuSummary = ({ usageNanos, nanoCores, pressure }: CpuUsage, time: string): SummaryCpu => ({
  time,
  ...(nanoCores === undefined ? {} : { usageNanoCores: nanoCores }),
  usageCoreNanoSeconds: usageNanos,
  ...(pressure === undefined ? {} : { psi: psi(pressure) }),
});

const memorySummary = (memory: MemoryUsage, time: string): SummaryMemory => ({
  time,
  ...(memory.availableBytes === undefined ? {} : { availableBytes: memory.availableBytes }),
  usageBytes: memory.usageBytes,
  workingSetBytes: memory.workingSetBytes,
  rssBytes: memory.rssBytes,
  pageFaults: memory.pageFaults,
  majorPageFaults: memory.majorPageFaults,
  ...(memory.pressure === undefined ? {} : { psi: psi(memory.pressure) }),
});

const psi = ({ some, full }: Pressure): SummaryPsi => ({
  ...(full === undefined ? {} : { full: stall(full) }),
  some: stall(some),
});
const stall = ({ totalMicros, avg10, avg60, avg300 }: Stall): SummaryStall => ({
  total: totalMicros * NANOS_A_MICRO,
  avg10,
  avg60,
  avg300,
});

function network(all: readonly InterfaceUsage[], time: string): SummaryNetwork {
  const interfaces = all.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => ({
    ...{ name, rxBytes, rxErrors, txBytes, txErrors },
  }));
  const main = interfaces.find(({ name }) => name === MAIN_INTERFACE) ?? interfaces[0];
  return { time, ...main, interfaces };
}
