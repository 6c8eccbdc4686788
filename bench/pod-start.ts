/** `bench pod-start`: from apply to Running as a watching client sees it, beside the same CRI calls made directly. */

import { createCri } from '../src/agent/io/cri/cri.ts';
import type { KubeObject } from '../src/common/model/meta.ts';
import { type ApiClient, createApiClient } from '../src/common/wire/api-client.ts';
import { connectNats } from '../src/common/wire/connect.ts';
import { startCluster } from '../test/support/cluster.ts';
import { measureFloor } from './lib/cri-floor.ts';
import { processesOf, useOf } from './lib/processes.ts';
import { median, percentile } from './lib/statistics.ts';

const rounds = 30;

type Seen = (name: string, holds: (type: string, object: KubeObject) => boolean) => Promise<number>;

export async function run(): Promise<Record<string, number>> {
  const cluster = await startCluster(103);
  const nc = await connectNats({ servers: cluster.url, name: 'bench', lifetime: 'short' });
  const end = new AbortController();
  try {
    const api = createApiClient(nc);
    const cri = createCri(runtimeSocket(cluster.dir));
    const floor = await measureFloor(cri, rounds);
    cri.close();
    const seen = watchPods(api, end.signal);
    const starts: number[] = [];
    const deletes: number[] = [];
    for (let index = 0; index < rounds; index += 1) {
      starts.push(await startOne(api, seen, `one-${index}`));
      deletes.push(await deleteOne(api, seen, `one-${index}`));
    }
    const agent = processesOf(cluster.dir).find(({ role }) => role === 'agent');
    if (agent === undefined) throw new Error('no agent');
    const cpuBefore = useOf(agent.pid).cpuSeconds;
    const begin = performance.now();
    await Promise.all(Array.from({ length: rounds }, (_, index) => startOne(api, seen, `burst-${index}`)));
    const burst = (performance.now() - begin) / 1000;
    const cpu = useOf(agent.pid).cpuSeconds - cpuBefore;
    const ms = (value: number): number => Math.round(value * 10) / 10;
    const floorMs = median(floor.serialMillis);
    return {
      floor_ms: ms(floorMs),
      p50_ms: ms(median(starts)),
      p90_ms: ms(percentile(starts, 0.9)),
      ratio: Number((median(starts) / floorMs).toFixed(2)),
      burst_floor_s: Number((floor.parallelMillis / 1000).toFixed(2)),
      burst_s: Number(burst.toFixed(2)),
      burst_ratio: Number((burst / (floor.parallelMillis / 1000)).toFixed(2)),
      agent_cpu_ms_pod: ms((cpu * 1000) / rounds),
      delete_p50_ms: ms(median(deletes)),
    };
  } finally {
    end.abort();
    await nc.close();
    await cluster.stop();
  }
}

async function startOne(api: ApiClient, seen: Seen, name: string): Promise<number> {
  const begin = performance.now();
  const running = seen(name, (_, object) => phaseOf(object) === 'Running');
  await api.create('pods', pod(name));
  return (await running) - begin;
}

async function deleteOne(api: ApiClient, seen: Seen, name: string): Promise<number> {
  const begin = performance.now();
  const gone = seen(name, (type) => type === 'DELETED');
  await api.delete({ resource: 'pods', namespace: 'default', name });
  return (await gone) - begin;
}

/** One watch for all; a waiter settles with the time at which its pod was first seen so. */
function watchPods(api: ApiClient, signal: AbortSignal): Seen {
  const waiting = new Map<
    string,
    { holds: (type: string, object: KubeObject) => boolean; done: (at: number) => void }
  >();
  const follow = async (): Promise<void> => {
    for await (const event of api.watch('pods', { namespace: 'default', signal })) {
      if (event.type === 'SYNCED') continue;
      const name = event.object.metadata.name ?? '';
      const waiter = waiting.get(name);
      if (waiter?.holds(event.type, event.object) !== true) continue;
      waiting.delete(name);
      waiter.done(performance.now());
    }
  };
  const failed = follow();
  return (name, holds) =>
    Promise.race([
      new Promise<number>((done) => waiting.set(name, { holds, done })),
      failed.then((): never => {
        throw new Error('the watch ended');
      }),
    ]);
}

function phaseOf(object: KubeObject): unknown {
  return (object.status as { readonly phase?: unknown } | undefined)?.phase;
}

/** A bridge pod whose container ends at once on SIGTERM. */
function pod(name: string): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'bramble.local/busybox:1',
          command: ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 1000000 & wait'],
        },
      ],
    },
  };
}

function runtimeSocket(dir: string): string {
  return `unix://${dir}/run/containerd/containerd.sock`;
}
