/** What a process of Bramble's tells of itself, by the names that all Prometheus clients use. */

import { readdirSync } from 'node:fs';
import type { Add, Family } from '../metrics/page.ts';

const family = (type: Family['type'], name: string, help: string, ...labels: string[]): Family => ({
  name,
  help,
  type,
  labels,
});
const families = {
  cpu: family('counter', 'process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.'),
  memory: family('gauge', 'process_resident_memory_bytes', 'Resident memory size in bytes.'),
  heap: family('gauge', 'nodejs_heap_size_used_bytes', "Used part of Node.js' heap in bytes."),
  files: family('gauge', 'process_open_fds', 'Number of open file descriptors.'),
  up: family('gauge', 'process_uptime_seconds', 'For how long the process has run.'),
  build: family('gauge', 'bramble_build_info', 'The version that runs; the value is always 1.', 'version', 'program'),
} as const;

export function processSeries(add: Add, program: string, version: string): void {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  add(families.cpu, {}, (user + system) / 1e6);
  add(families.memory, {}, rss);
  add(families.heap, {}, heapUsed);
  add(families.files, {}, readdirSync('/proc/self/fd').length);
  add(families.up, {}, process.uptime());
  add(families.build, { version, program }, 1);
}
