/** What the kubelet tells of itself and its volumes at /metrics, as far as an agent has it, and what is Bramble's own. */

import type { FilesystemSample, UsageSample } from '../model/usage-sample.ts';
import type { Add, Family } from './page.ts';

const gauge = (name: string, help: string, ...labels: string[]): Family => ({ name, help, type: 'gauge', labels });
const ofVolume = ['namespace', 'persistentvolumeclaim'];

const families = {
  name: gauge('kubelet_node_name', "The node's name; the value is always 1.", 'node'),
  pods: gauge('kubelet_running_pods', 'Number of pods that have a running sandbox.'),
  containers: gauge('kubelet_running_containers', 'Number of containers that run.', 'container_state'),
  used: gauge('kubelet_volume_stats_used_bytes', 'Bytes used in the volume.', ...ofVolume),
  capacity: gauge('kubelet_volume_stats_capacity_bytes', 'Capacity of the volume in bytes.', ...ofVolume),
  available: gauge('kubelet_volume_stats_available_bytes', 'Bytes available in the volume.', ...ofVolume),
  inodesUsed: gauge('kubelet_volume_stats_inodes_used', 'Inodes used in the volume.', ...ofVolume),
  inodes: gauge('kubelet_volume_stats_inodes', 'Inodes of the volume at most.', ...ofVolume),
  inodesFree: gauge('kubelet_volume_stats_inodes_free', 'Inodes free in the volume.', ...ofVolume),
  size: gauge('bramble_node_filesystem_size_bytes', 'Size of a file system of the node.', 'filesystem'),
  left: gauge('bramble_node_filesystem_avail_bytes', 'Bytes available on a file system of the node.', 'filesystem'),
  inodesLeft: gauge('bramble_node_filesystem_files_free', 'Free inodes of a file system of the node.', 'filesystem'),
  memoryLeft: gauge('bramble_node_memory_available_bytes', 'Memory less the working set: what eviction looks at.'),
  processes: gauge('bramble_node_processes', 'Processes on the node.'),
  maxProcesses: gauge('bramble_node_processes_limit', 'Process ids that may be given out.'),
} as const;

/** A count, told as a gauge: Prometheus' rules want `_total` in a counter's name, and the kubelet's has none. Both are read alike. */
export const evictions = gauge('kubelet_evictions', 'Pods that were evicted, by what was short.', 'eviction_signal');

/** `node`: undefined where its name stands in all labels anyway. */
export function kubeletSeries(add: Add, node: string | undefined, sample: UsageSample): void {
  const { nodefs, imagefs, memory, processes, maxProcesses } = sample.node;
  if (node !== undefined) add(families.name, { node }, 1);
  add(families.pods, {}, sample.pods.length);
  const running = sample.pods.reduce((sum, { containers }) => sum + containers.length, 0);
  add(families.containers, { container_state: 'running' }, running);
  for (const { pod, volumes = [] } of sample.pods) {
    for (const volume of volumes) {
      // As Kubernetes names the claim of a volume that lives and dies with its pod.
      const labels = { namespace: pod.namespace, persistentvolumeclaim: `${pod.name}-${volume.name}` };
      add(families.used, labels, volume.usedBytes);
      add(families.capacity, labels, volume.capacityBytes ?? nodefs?.capacityBytes);
      add(families.available, labels, volume.availableBytes ?? nodefs?.availableBytes);
      add(families.inodesUsed, labels, volume.inodesUsed);
      add(families.inodes, labels, volume.inodes ?? nodefs?.inodes);
      add(families.inodesFree, labels, volume.inodesFree ?? nodefs?.inodesFree);
    }
  }
  filesystem(add, 'nodefs', nodefs);
  filesystem(add, 'imagefs', imagefs);
  add(families.memoryLeft, {}, memory?.availableBytes);
  add(families.processes, {}, processes?.processes);
  add(families.maxProcesses, {}, maxProcesses);
}

function filesystem(add: Add, name: string, found: FilesystemSample | undefined): void {
  add(families.size, { filesystem: name }, found?.capacityBytes);
  add(families.left, { filesystem: name }, found?.availableBytes);
  add(families.inodesLeft, { filesystem: name }, found?.inodesFree);
}
