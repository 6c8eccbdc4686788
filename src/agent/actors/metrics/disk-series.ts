/** What is written to the disk, and what of logs is not, as Prometheus reads it. */

import type { Add, Family } from '../../../common/metrics/page.ts';
import type { Written } from '../../core/gc/written.ts';
import type { DroppedLog } from '../storms/log-storms.ts';

const counter = (name: string, help: string, ...labels: readonly string[]): Family => ({
  name: `bramble_${name}`,
  help,
  type: 'counter',
  labels,
});

const families = {
  agent: counter('agent_written_bytes_total', 'Bytes that the agent wrote to disks.'),
  logs: counter('container_logs_written_bytes_total', "Bytes that came to containers' logs."),
  disk: counter('node_disk_written_bytes_total', 'Bytes written to the disk of the data since the agent started.'),
  dropped: counter(
    'container_log_dropped_bytes_total',
    'Bytes of a log that were dropped because they were over containerLogMaxRate.',
    ...['namespace', 'pod', 'container'],
  ),
} as const;

export function diskSeries(add: Add, written: Written, dropped: readonly DroppedLog[]): void {
  add(families.agent, {}, written.agent);
  add(families.logs, {}, written.logs);
  add(families.disk, {}, written.total);
  // Of the attempts at one container there is one series.
  const sums = new Map<string, DroppedLog>();
  for (const one of dropped) {
    const key = `${one.pod.namespace}/${one.pod.name}/${one.container}`;
    sums.set(key, { ...one, bytes: one.bytes + (sums.get(key)?.bytes ?? 0) });
  }
  for (const { pod, container, bytes } of sums.values()) {
    add(families.dropped, { namespace: pod.namespace, pod: pod.name, container }, bytes);
  }
}
