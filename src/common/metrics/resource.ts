/** What the kubelet serves at /metrics/resource: the few series that autoscalers and metrics-server read. */

import type { UsageSample } from '../model/usage-sample.ts';
import type { Add, Family } from './page.ts';

const family = (type: Family['type'], name: string, help: string, ...labels: string[]): Family => ({
  name,
  help,
  type,
  labels,
});
const inContainer = ['namespace', 'pod', 'container'];
const inPod = ['namespace', 'pod'];

const families = {
  nodeCpu: family('counter', 'node_cpu_usage_seconds_total', 'Cumulative CPU time consumed by the node.'),
  nodeMemory: family('gauge', 'node_memory_working_set_bytes', 'Working set of the node.'),
  nodeSwap: family('gauge', 'node_swap_usage_bytes', 'Swap in use on the node.'),
  podCpu: family('counter', 'pod_cpu_usage_seconds_total', 'Cumulative CPU time consumed by the pod.', ...inPod),
  podMemory: family('gauge', 'pod_memory_working_set_bytes', 'Working set of the pod.', ...inPod),
  podSwap: family('gauge', 'pod_swap_usage_bytes', 'Swap in use of the pod.', ...inPod),
  cpu: family(
    'counter',
    'container_cpu_usage_seconds_total',
    'Cumulative CPU time consumed by the container.',
    ...inContainer,
  ),
  memory: family('gauge', 'container_memory_working_set_bytes', 'Working set of the container.', ...inContainer),
  swap: family('gauge', 'container_swap_usage_bytes', 'Swap in use of the container.', ...inContainer),
  start: family(
    'gauge',
    'container_start_time_seconds',
    'Start time of the container since the Unix epoch.',
    ...inContainer,
  ),
  failed: family('gauge', 'resource_scrape_error', '1 if there was an error while getting the metrics, 0 otherwise.'),
  failedBefore: family('gauge', 'scrape_error', 'As resource_scrape_error, by its older name.'),
} as const;

/** Without a sample: that it could not be measured. */
export function resourceSeries(add: Add, sample: UsageSample | undefined): void {
  add(families.failed, {}, sample === undefined ? 1 : 0);
  add(families.failedBefore, {}, sample === undefined ? 1 : 0);
  if (sample === undefined) return;
  const { node } = sample;
  add(families.nodeCpu, {}, inSeconds(node.cpu?.usageNanos));
  add(families.nodeMemory, {}, node.memory?.workingSetBytes);
  add(families.nodeSwap, {}, node.memory?.swapBytes);
  for (const pod of sample.pods) {
    const labels = { namespace: pod.pod.namespace, pod: pod.pod.name };
    add(families.podCpu, labels, inSeconds(pod.cpu?.usageNanos));
    add(families.podMemory, labels, pod.memory?.workingSetBytes);
    add(families.podSwap, labels, pod.memory?.swapBytes);
    for (const { name, cpu, memory, startedAtWall } of pod.containers) {
      const on = { ...labels, container: name };
      add(families.cpu, on, inSeconds(cpu?.usageNanos));
      add(families.memory, on, memory?.workingSetBytes);
      add(families.swap, on, memory?.swapBytes);
      add(families.start, on, startedAtWall === undefined ? undefined : startedAtWall / 1000);
    }
  }
}

const inSeconds = (nanos: number | undefined) => (nanos === undefined ? undefined : nanos / 1e9);
