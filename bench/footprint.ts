/** `bench footprint`: what an idle cluster costs with 0, 10 and 30 pods: after two quiet minutes, over two more. */

import { realClock } from '../src/common/actor/clock.ts';
import { startCluster } from '../test/support/cluster.ts';
import { linkBytes } from './lib/link.ts';
import { nothing, processesOf, type Role, type Use, useByRole } from './lib/processes.ts';

/** Nothing happens meanwhile; nats-server writes its index some two minutes after the last change. */
const settleMillis = 125_000;
const quietMinutes = 2;
const mib = 1024 * 1024;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const wait = (millis: number): Promise<void> => new Promise((resolve) => realClock.timer(millis, () => resolve()));

/** Arguments: the numbers of pods; 0 10 30 when there are none. The summary is that of 10 pods, else the last one. */
export async function run(args: readonly string[]): Promise<Record<string, number>> {
  const counts = args.length > 0 ? args.map(Number) : [0, 10, 30];
  const cluster = await startCluster(102);
  try {
    let summary: Record<string, number> = {};
    for (const pods of counts) {
      await cluster.bramble(['apply', '-f', '-'], manifest(pods));
      const rollout = await cluster.bramble(['rollout', 'status', 'deployment/idle', '--timeout=180s']);
      if (rollout.code !== 0) throw new Error(rollout.stderr);
      await wait(settleMillis);
      const found = await quiet(cluster.dir, Number(new URL(cluster.url).port), pods);
      process.stdout.write(`${JSON.stringify(found)}\n`);
      if (summary.pods !== 10) summary = found;
    }
    return summary;
  } finally {
    await cluster.stop();
  }
}

async function quiet(dir: string, port: number, pods: number): Promise<Record<string, number>> {
  const agent = processesOf(dir).find(({ role }) => role === 'agent');
  if (agent === undefined) throw new Error('no agent');
  const before = useByRole(dir);
  const linkBefore = linkBytes(agent.pid, port);
  await wait(quietMinutes * 60_000);
  const after = useByRole(dir);
  const link = linkBytes(agent.pid, port) - linkBefore;
  const at = (role: Role): Use => after.get(role) ?? nothing;
  const cpu = (role: Role): number => (at(role).cpuSeconds - (before.get(role) ?? nothing).cpuSeconds) / quietMinutes;
  const written = (role: Role): number =>
    (at(role).written - (before.get(role) ?? nothing).written) / quietMinutes / 1024;
  const memory = (role: Role): Record<string, number> => ({
    [`${role}_rss_mb`]: round(at(role).rss / mib, 1),
    [`${role}_pss_mb`]: round(at(role).pss / mib, 1),
    [`${role}_cpu_s_min`]: round(cpu(role), 2),
    [`${role}_written_kib_min`]: round(written(role), 1),
  });
  return {
    pods,
    ...memory('agent'),
    agent_written_kib_day: round(written('agent') * 60 * 24, 0),
    agent_wakes_min: round((at('agent').sleeps - (before.get('agent') ?? nothing).sleeps) / quietMinutes, 0),
    ...memory('master'),
    ...memory('nats'),
    ...memory('containerd'),
    ...memory('shim'),
    ...memory('up'),
    control_cpu_s_min: round(cpu('master') + cpu('nats'), 2),
    written_kib_min: round(written('agent') + written('master') + written('nats'), 1),
    link_mb_day: round((link / quietMinutes / 1e6) * 60 * 24, 2),
  };
}

/** A Deployment of pods that do nothing. */
function manifest(replicas: number): string {
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'idle' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'idle' } },
      template: {
        metadata: { labels: { app: 'idle' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'main', image: 'bramble.local/busybox:1', command: ['/bin/sleep', '1000000'] }],
        },
      },
    },
  });
}
