/** `bench crash`: a container's process ends → it was seen and the next one runs. Each pod crashes once: the first restart is at once. */

import { join } from 'node:path';
import { createCri } from '../src/agent/io/cri/cri.ts';
import { CriError } from '../src/agent/ports/cri.ts';
import { startFieldCluster } from '../test/support/field-cluster.ts';
import { createMarks } from './lib/marks.ts';
import { median } from './lib/statistics.ts';

/** Between the start of a container and its end: longer than the agent is busy with the start. */
const SETTLED = 3_000;

/** Argument: the number of rounds, 15 when there is none. */
export async function run([rounds = '15']: readonly string[]): Promise<Record<string, unknown>> {
  const cluster = await startFieldCluster(64);
  const { device } = cluster;
  const marks = createMarks(join(device.dataDir, 'marks'));
  try {
    device.startAgent();
    await cluster.untilNodeReady();
    const restarts: number[] = [];
    for (let round = 0; round < Number(rounds); round += 1) {
      const name = `crash-${round}`;
      const started = marks.started(name);
      await cluster.ok(['apply', '-f', '-'], JSON.stringify(marks.pod(name)));
      await started;
      // Not in step with the agent's listings.
      await new Promise((resolve) => setTimeout(resolve, SETTLED + 97 * round));
      const again = marks.started(name);
      const crashed = performance.now();
      process.kill(marks.pid(name), 'SIGKILL');
      restarts.push((await again) - crashed);
      await cluster.ok(['delete', 'pod', name, '--wait=false']);
    }
    const events = await sendsEvents(join(device.runDir, 'containerd', 'containerd.sock'));
    return { restart_p50_ms: Math.round(median(restarts)), restart_max_ms: Math.round(Math.max(...restarts)), events };
  } finally {
    marks.close();
    await cluster.stop();
  }
}

/** Whether the runtime tells what happens to its containers. */
async function sendsEvents(socket: string): Promise<boolean> {
  const cri = createCri(socket);
  const enough = AbortSignal.timeout(1_000);
  try {
    for await (const _ of cri.events(enough)) return true;
    return true;
  } catch (error) {
    if (error instanceof CriError && error.code === 'unsupported') return false;
    throw error;
  } finally {
    cri.close();
  }
}
