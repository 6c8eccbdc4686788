/** A master as a process of its own, of the build in dist, on a nats-server that the bench has started. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { masterFlags } from '../../src/common/process/node-flags.ts';
import { createApiClient } from '../../src/common/wire/api-client.ts';
import { connectNats } from '../../src/common/wire/connect.ts';
import { program } from '../../test/support/cluster.ts';
import { until } from '../../test/support/eventually.ts';
import { useOf } from './processes.ts';

export type MasterProcess = {
  readonly pid: number;
  /** Seconds of CPU since it began. */
  cpuSeconds(): number;
  /** The most memory that it ever had, in bytes. */
  peakRss(): number;
  stop(): Promise<void>;
};

/** Resolves when its API answers. Started as the units do. */
export async function startMaster(server: string): Promise<MasterProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    [...masterFlags, program, 'master', `--server=${server}`, '--log-level=error', '--run-dir=/nonexistent'],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const nc = await connectNats({ servers: server, name: 'bench', lifetime: 'short' });
  const api = createApiClient(nc, { timeoutMs: 1_000 });
  const answers = () =>
    api.version().then(
      () => true,
      () => false,
    );
  await until('the master answers', answers, 60_000);
  await nc.close();
  return {
    pid,
    cpuSeconds: () => useOf(pid).cpuSeconds,
    peakRss: () => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
