/**
 * `bench agent`: what the agent takes with 0, 10, 30 and 110 pods, its CPU with 30 pods of two http probes each, and how soon an
 * agent that was killed has confirmed all of 30 pods to the master.
 */

import { connectNats } from '../src/common/wire/connect.ts';
import { nodeUpPath } from '../src/common/wire/subjects.ts';
import { type FieldCluster, startFieldCluster } from '../test/support/field-cluster.ts';
import { processesOf, useOf } from './lib/processes.ts';
import { median } from './lib/statistics.ts';

const SETTLED = 45_000;
const PROBED = 120_000;
const MIB = 1024 * 1024;

const wait = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
const tenths = (value: number): number => Math.round(value * 10) / 10;

/** Arguments: the largest number of pods, 110 when there is none. */
export async function run([most = '110']: readonly string[]): Promise<Record<string, number>> {
  const cluster = await startFieldCluster(65);
  try {
    cluster.device.startAgent();
    await cluster.untilNodeReady();
    const figures: Record<string, number> = {};
    const measure = async (pods: number): Promise<void> => {
      await wait(SETTLED);
      const { rss, pss } = useOf(agentOf(cluster));
      figures[`rss_mb_${pods}`] = tenths(rss / MIB);
      figures[`pss_mb_${pods}`] = tenths(pss / MIB);
      process.stdout.write(`${JSON.stringify(figures)}\n`);
    };
    await measure(0);
    await scale(cluster, 'plain', 10, {});
    await measure(10);
    await scale(cluster, 'plain', 30, {});
    await measure(30);
    const recoveries: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      recoveries.push(await recover(cluster, 30));
      await wait(SETTLED / 9);
    }
    figures['recover_ms'] = Math.round(median(recoveries));
    await scale(cluster, 'plain', 0, {});
    await scale(cluster, 'probed', 30, probes);
    await wait(SETTLED / 3);
    const before = useOf(agentOf(cluster)).cpuSeconds;
    await wait(PROBED);
    figures['cpu_s_min_30_probes'] = Number(
      (((useOf(agentOf(cluster)).cpuSeconds - before) * 60_000) / PROBED).toFixed(2),
    );
    await scale(cluster, 'probed', 0, probes);
    await scale(cluster, 'plain', Number(most), {});
    await measure(Number(most));
    return figures;
  } finally {
    await cluster.stop();
  }
}

function agentOf({ device }: FieldCluster): number {
  const agent = processesOf(device.dataDir).find(({ role }) => role === 'agent');
  if (agent === undefined) throw new Error('no agent');
  return agent.pid;
}

/** From SIGKILL until the next agent has told the master of so many pods. It is started at once, as systemd does. */
async function recover(cluster: FieldCluster, pods: number): Promise<number> {
  const { device, url } = cluster;
  const nc = await connectNats({ servers: url, name: 'bench', lifetime: 'short' });
  const told = new Set<string>();
  try {
    const all = new Promise<number>((resolve) => {
      nc.subscribe(`bramble${nodeUpPath(device.node).replaceAll('/', '.')}.report`, {
        callback: (_, message) => {
          for (const uid of JSON.stringify(message.json()).matchAll(/"uid":"([0-9a-f-]{36})"/g)) told.add(uid[1] ?? '');
          if (told.size >= pods) resolve(performance.now());
        },
      });
    });
    await nc.flush();
    const killed = performance.now();
    await device.endAgent('SIGKILL');
    device.startAgent();
    const late = wait(60_000).then((): never => {
      throw new Error(`${told.size} of ${pods} pods were confirmed`);
    });
    return (await Promise.race([all, late])) - killed;
  } finally {
    await nc.close();
  }
}

const probe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 10 };
const probes = {
  command: ['/bin/sh', '-c', 'mkdir /www && echo ok > /www/index.html && exec httpd -f -p 8080 -h /www'],
  livenessProbe: probe,
  readinessProbe: probe,
};

/** Gives the Deployment so many replicas and waits until all run. */
async function scale(cluster: FieldCluster, name: string, replicas: number, container: object): Promise<void> {
  const main = { name: 'main', image: 'bramble.local/busybox:1', command: ['/bin/sleep', '1000000'], ...container };
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { rollingUpdate: { maxSurge: '100%', maxUnavailable: '100%' } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 1, containers: [main] },
      },
    },
  };
  await cluster.ok(['apply', '-f', '-'], JSON.stringify(manifest));
  await cluster.ok(['rollout', 'status', `deployment/${name}`, '--timeout=240s']);
  const names = ['get', 'pods', '-l', `app=${name}`, '-o', 'name'];
  for (let left = Number.POSITIVE_INFINITY; left > replicas; await wait(500)) {
    left = (await cluster.ok(names)).split('\n').filter((line) => line !== '').length;
  }
}
