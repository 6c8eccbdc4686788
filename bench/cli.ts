/** `bench cli`: how long a user waits for the program itself: `get`, `--help`, and until an agent is ready. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../test/support/cluster.ts';
import { median } from './lib/statistics.ts';

const rounds = 15;

/** Milliseconds that a whole process takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function medianOf(work: () => Promise<unknown>): Promise<number> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timed(work));
  return Math.round(median(times));
}

/** Milliseconds from the start of `bramble agent` to the line that says it is ready. */
async function agentReady(cluster: Cluster): Promise<number> {
  const start = performance.now();
  const agent = spawn(
    process.execPath,
    [
      'dist/bramble.js',
      'agent',
      '--node=bench-cli',
      `--server=${cluster.url}`,
      `--data-dir=${join(cluster.dir, 'second')}`,
      `--run-dir=${join(cluster.dir, 'second-run')}`,
      `--runtime-endpoint=unix://${join(cluster.dir, 'run/containerd/containerd.sock')}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    for await (const chunk of agent.stderr.setEncoding('utf8')) {
      if (String(chunk).includes('agent is ready')) return performance.now() - start;
    }
    throw new Error('the agent ended before it was ready');
  } finally {
    agent.kill('SIGTERM');
    if (agent.exitCode === null) await once(agent, 'exit');
  }
}

export async function run(): Promise<Record<string, number>> {
  const floor_ms = await medianOf(() => once(spawn(process.execPath, ['-e', '0']), 'exit'));
  const help_ms = await medianOf(() =>
    once(spawn(process.execPath, ['dist/bramble.js', '--help'], { stdio: 'ignore' }), 'exit'),
  );
  const cluster = await startCluster(101);
  try {
    const get_ms = await medianOf(() => cluster.bramble(['get', 'pods', '-A']));
    const times = [];
    for (let round = 0; round < 5; round += 1) times.push(await agentReady(cluster));
    return { get_ms, help_ms, agent_ready_ms: Math.round(median(times)), node_floor_ms: floor_ms };
  } finally {
    await cluster.stop();
  }
}
