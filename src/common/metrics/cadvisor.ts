/**
 * What the kubelet serves at /metrics/cadvisor, by cAdvisor's names and the kubelet's labels (cAdvisor's
 * docs/storage/prometheus.md): of each container, each pod (no `container` and no `image`), the parts of the system, and the
 * machine (`id="/"`). As with cAdvisor the traffic of a pod is that of its sandbox.
 */

import { fullImageName, parseImageReference } from '../lib/image-reference.ts';
import type {
  ContainerSample,
  FilesystemSample,
  GroupSample,
  InterfaceSample,
  PodSample,
  PressureSample,
  UsageSample,
} from '../model/usage-sample.ts';
import type { Add, Family, Labels } from './page.ts';

const of = ['id', 'image', 'name', 'namespace', 'pod', 'container'];
const counter = (name: string, help: string, ...labels: string[]): Family => ({
  name: `container_${name}`,
  help,
  type: 'counter',
  labels: [...of, ...labels],
});
const gauge = (name: string, help: string, ...labels: string[]): Family => ({
  ...counter(name, help, ...labels),
  type: 'gauge',
});
const machine = (name: string, help: string): Family => ({
  ...{ name: `machine_${name}`, help, type: 'gauge' },
  labels: ['machine_id', 'system_uuid', 'boot_id'],
});

const families = {
  cpu: counter('cpu_usage_seconds_total', 'Cumulative CPU time consumed in seconds.', 'cpu'),
  cpuUser: counter('cpu_user_seconds_total', 'Cumulative user CPU time consumed in seconds.'),
  cpuSystem: counter('cpu_system_seconds_total', 'Cumulative system CPU time consumed in seconds.'),
  periods: counter('cpu_cfs_periods_total', 'Number of elapsed enforcement period intervals.'),
  throttledPeriods: counter('cpu_cfs_throttled_periods_total', 'Number of throttled period intervals.'),
  throttled: counter('cpu_cfs_throttled_seconds_total', 'Total time during which the container was throttled.'),
  memory: gauge('memory_usage_bytes', 'Memory in use, whenever it was accessed, in bytes.'),
  workingSet: gauge('memory_working_set_bytes', 'Working set: usage without inactive file pages, in bytes.'),
  rss: gauge('memory_rss', 'Anonymous memory in bytes.'),
  cache: gauge('memory_cache', 'Page cache in bytes.'),
  swap: gauge('memory_swap', 'Swap in use in bytes.'),
  failures: counter('memory_failures_total', 'Cumulative count of page faults.', 'failure_type', 'scope'),
  memoryLimit: gauge('spec_memory_limit_bytes', 'Memory limit in bytes; 0: none.'),
  quota: gauge('spec_cpu_quota', 'CPU quota, in microseconds of a period; without a limit there is none.'),
  period: gauge('spec_cpu_period', 'CPU period of the quota, in microseconds.'),
  shares: gauge('spec_cpu_shares', 'CPU shares: 1024 for a whole core that was requested.'),
  oom: counter('oom_events_total', 'How often the kernel has killed something for want of memory.'),
  cpuPressureWaiting: counter('pressure_cpu_waiting_seconds_total', 'Time in which some task waited for CPU.'),
  cpuPressureStalled: counter('pressure_cpu_stalled_seconds_total', 'Time in which all tasks waited for CPU.'),
  memoryPressureWaiting: counter('pressure_memory_waiting_seconds_total', 'Time in which some task waited for memory.'),
  memoryPressureStalled: counter('pressure_memory_stalled_seconds_total', 'Time in which all tasks waited for memory.'),
  ioPressureWaiting: counter('pressure_io_waiting_seconds_total', 'Time in which some task waited for I/O.'),
  ioPressureStalled: counter('pressure_io_stalled_seconds_total', 'Time in which all tasks waited for I/O.'),
  reads: counter('fs_reads_total', 'Cumulative count of reads completed.', 'device'),
  writes: counter('fs_writes_total', 'Cumulative count of writes completed.', 'device'),
  readBytes: counter('fs_reads_bytes_total', 'Cumulative count of bytes read.', 'device'),
  writtenBytes: counter('fs_writes_bytes_total', 'Cumulative count of bytes written.', 'device'),
  fsUsage: gauge('fs_usage_bytes', 'Bytes that are used on this file system.', 'device'),
  fsLimit: gauge('fs_limit_bytes', 'Bytes that can be used on this file system.', 'device'),
  /** Of these it is a gauge with cAdvisor: Prometheus' rules want a counter for the name. Both are read alike. */
  fsInodes: counter('fs_inodes_total', 'Number of inodes.', 'device'),
  fsInodesFree: gauge('fs_inodes_free', 'Number of free inodes.', 'device'),
  processes: gauge('processes', 'Number of processes.'),
  threads: gauge('threads', 'Number of threads.'),
  rxBytes: counter('network_receive_bytes_total', 'Cumulative count of bytes received.', 'interface'),
  rxPackets: counter('network_receive_packets_total', 'Cumulative count of packets received.', 'interface'),
  rxDropped: counter(
    'network_receive_packets_dropped_total',
    'Cumulative count of packets dropped on receipt.',
    'interface',
  ),
  rxErrors: counter('network_receive_errors_total', 'Cumulative count of errors on receipt.', 'interface'),
  txBytes: counter('network_transmit_bytes_total', 'Cumulative count of bytes transmitted.', 'interface'),
  txPackets: counter('network_transmit_packets_total', 'Cumulative count of packets transmitted.', 'interface'),
  txDropped: counter(
    'network_transmit_packets_dropped_total',
    'Cumulative count of packets dropped on transmission.',
    'interface',
  ),
  txErrors: counter('network_transmit_errors_total', 'Cumulative count of errors on transmission.', 'interface'),
  start: gauge('start_time_seconds', 'Start time since the Unix epoch in seconds.'),
  lastSeen: gauge('last_seen', 'Last time that it was measured, since the Unix epoch in seconds.'),
  cores: machine('cpu_cores', 'Number of logical CPU cores.'),
  machineMemory: machine('memory_bytes', 'Amount of memory installed on the machine.'),
} as const;

/** What systemd would call the parts of the system. */
const parts: Readonly<Record<string, string>> = {
  pods: '/kubepods',
  agent: '/system.slice/bramble-agent.service',
  runtime: '/system.slice/containerd.service',
  system: '/system.slice',
};

/** What of a sandbox's image is known: the runtime chooses it. */
const sandboxImage = 'pause';

export function cadvisorSeries(add: Add, sample: UsageSample): void {
  const { node, pods, system, wall } = sample;
  const root = { id: '/' };
  const { machineId: machine_id = '', systemUuid: system_uuid = '', bootId: boot_id = '' } = node.machine ?? {};
  add(families.cores, { machine_id, system_uuid, boot_id }, node.cores);
  add(families.machineMemory, { machine_id, system_uuid, boot_id }, node.memoryCapacityBytes);
  groupSeries(add, root, node, wall);
  networkSeries(add, root, node.network);
  const { devices } = node;
  const nodefs = inDev(devices?.nodefs) ?? 'nodefs';
  const imagefs = inDev(devices?.imagefs) ?? (node.imagefs === undefined ? nodefs : 'imagefs');
  filesystemSeries(add, { ...root, device: nodefs }, node.nodefs);
  if (imagefs !== nodefs) filesystemSeries(add, { ...root, device: imagefs }, node.imagefs);
  add(families.start, root, seconds(node.bootAtWall));
  for (const part of system) groupSeries(add, { id: parts[part.name] ?? `/${part.name}` }, part, wall);
  for (const pod of pods) podSeries(add, pod, imagefs, wall);
}

function podSeries(add: Add, pod: PodSample, imagefs: string, wall: number): void {
  const { namespace, name, uid } = pod.pod;
  const labels = { id: pod.cgroup ?? `/kubepods/pod${uid}`, namespace, pod: name };
  groupSeries(add, labels, pod, wall);
  const { sandboxId = '' } = pod;
  networkSeries(add, { ...labels, id: idIn(labels.id, sandboxId), name: sandboxId, image: sandboxImage }, pod.network);
  add(families.start, labels, seconds(pod.startedAtWall));
  for (const container of pod.containers) containerSeries(add, labels, container, imagefs, wall);
}

function containerSeries(add: Add, pod: Labels, container: ContainerSample, imagefs: string, wall: number): void {
  const { id = container.name, image = '', name } = container;
  const labels = { ...pod, id: idIn(pod['id'] ?? '', id), name: id, image: fullName(image), container: name };
  groupSeries(add, labels, container, wall);
  const { cpu, memory } = container;
  add(families.memoryLimit, labels, memory?.limitBytes ?? 0);
  add(families.quota, labels, cpu?.quota?.micros);
  // As cAdvisor: the kernel's own period where nothing is limited.
  add(families.period, labels, cpu === undefined ? undefined : (cpu.quota?.periodMicros ?? 100_000));
  add(families.shares, labels, cpu?.shares);
  add(families.oom, labels, memory?.oomKills);
  add(families.start, labels, seconds(container.startedAtWall));
  filesystemSeries(add, { ...labels, device: imagefs }, container.rootfs);
}

/** The group of a container or a sandbox below that of its pod, as containerd calls it for either driver. */
const idIn = (pod: string, id: string): string =>
  pod.endsWith('.slice') ? `${pod}/cri-containerd-${id}.scope` : `${pod}/${id}`;

/** With registry and tag, as runtimes tell it; an id stays one. */
function fullName(image: string): string {
  const parsed = parseImageReference(image);
  return parsed.ok && !image.startsWith('sha256:') ? fullImageName(parsed.reference) : image;
}

function groupSeries(add: Add, labels: Labels, { cpu, memory, io, processes }: GroupSample, wall: number): void {
  add(families.cpu, { ...labels, cpu: 'total' }, nanos(cpu?.usageNanos));
  add(families.cpuUser, labels, nanos(cpu?.userNanos));
  add(families.cpuSystem, labels, nanos(cpu?.systemNanos));
  // As cAdvisor: without a limit there are no periods, and a share of none would be no number.
  const throttling = cpu?.throttling?.periods ? cpu.throttling : undefined;
  add(families.periods, labels, throttling?.periods);
  add(families.throttledPeriods, labels, throttling?.throttledPeriods);
  add(families.throttled, labels, nanos(throttling?.throttledNanos));
  add(families.memory, labels, memory?.usageBytes);
  add(families.workingSet, labels, memory?.workingSetBytes);
  add(families.rss, labels, memory?.rssBytes);
  add(families.cache, labels, memory?.cacheBytes);
  add(families.swap, labels, memory?.swapBytes);
  add(families.failures, { ...labels, failure_type: 'pgfault', scope: 'hierarchy' }, memory?.pageFaults);
  add(families.failures, { ...labels, failure_type: 'pgmajfault', scope: 'hierarchy' }, memory?.majorPageFaults);
  pressureSeries(add, labels, families.cpuPressureWaiting, families.cpuPressureStalled, cpu?.pressure);
  pressureSeries(add, labels, families.memoryPressureWaiting, families.memoryPressureStalled, memory?.pressure);
  pressureSeries(add, labels, families.ioPressureWaiting, families.ioPressureStalled, io?.pressure);
  for (const disk of io?.disks ?? []) {
    const on = { ...labels, device: disk.name === undefined ? disk.device : `/dev/${disk.name}` };
    add(families.reads, on, disk.reads);
    add(families.writes, on, disk.writes);
    add(families.readBytes, on, disk.readBytes);
    add(families.writtenBytes, on, disk.writtenBytes);
  }
  add(families.processes, labels, processes?.processes);
  add(families.threads, labels, processes?.threads);
  add(families.lastSeen, labels, seconds(wall));
}

function pressureSeries(add: Add, labels: Labels, waiting: Family, stalled: Family, pressure?: PressureSample): void {
  add(waiting, labels, micros(pressure?.some.totalMicros));
  add(stalled, labels, micros(pressure?.full?.totalMicros));
}

function networkSeries(add: Add, labels: Labels, interfaces: readonly InterfaceSample[] = []): void {
  for (const each of interfaces) {
    const on = { ...labels, interface: each.name };
    add(families.rxBytes, on, each.rxBytes);
    add(families.rxPackets, on, each.rxPackets);
    add(families.rxDropped, on, each.rxDropped);
    add(families.rxErrors, on, each.rxErrors);
    add(families.txBytes, on, each.txBytes);
    add(families.txPackets, on, each.txPackets);
    add(families.txDropped, on, each.txDropped);
    add(families.txErrors, on, each.txErrors);
  }
}

const inDev = (device: string | undefined) => (device === undefined ? undefined : `/dev/${device}`);

function filesystemSeries(add: Add, labels: Labels, fs: FilesystemSample | undefined): void {
  add(families.fsUsage, labels, fs?.usedBytes);
  add(families.fsLimit, labels, fs?.capacityBytes);
  add(families.fsInodes, labels, fs?.inodes);
  add(families.fsInodesFree, labels, fs?.inodesFree);
}

const nanos = (value: number | undefined) => (value === undefined ? undefined : value / 1e9);
const micros = (value: number | undefined) => (value === undefined ? undefined : value / 1e6);
const seconds = (millis: number | undefined) => (millis === undefined ? undefined : millis / 1000);
