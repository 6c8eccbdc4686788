/**
 * The scheduler end to end: a real master and nats-server that fsyncs every write. Nodes say hello as devices do; pods are
 * stored while no master runs, so that its start finds all of them pending at once. Counted is what watchers see bound.
 */

import type { NatsConnection } from '@nats-io/transport-node';
import { realClock } from '../../src/common/actor/clock.ts';
import { pause } from '../../src/common/actor/pause.ts';
import { silentLogger } from '../../src/common/actor/silent-logger.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import { openJetStreamStore } from '../../src/common/store/jetstream-store.ts';
import { type ApiClient, createApiClient } from '../../src/common/wire/api-client.ts';
import { connectNats } from '../../src/common/wire/connect.ts';
import { token, watchSubject } from '../../src/common/wire/subjects.ts';
import { createObjects } from '../../src/master/objects.ts';
import { startNatsServer } from '../../test/support/nats-server.ts';
import { nodes, pods } from './fleet.ts';
import { startMaster } from './master-process.ts';
import { useOf } from './processes.ts';
import { percentile } from './statistics.ts';

export type EndToEnd = {
  readonly bindsASecond: number;
  readonly apiP99Millis: number;
  readonly masterPeakRss: number;
};

const WORKLOADS = 60;
const AT_ONCE = 128;
const LIMIT = 300_000;
const BEAT_EVERY = 10_000;
/** Between two questions to the API. */
const ASK_EVERY = 10;

export async function measureEndToEnd(size: number, count: number): Promise<EndToEnd> {
  const server = await startNatsServer({ config: 'max_payload: 4194304' });
  const nc = await connectNats({ servers: server.url, name: 'bench', lifetime: 'long' });
  const fleet = nodes(size).map(({ key }) => key.name);
  try {
    const first = await startMaster(server.url);
    await inParallel(nodes(size), async ({ key, after }) => {
      await nc.request(`bramble.node.${token(key.name)}.up.hello`, JSON.stringify({ object: after }), {
        timeout: 60_000,
      });
    });
    await first.stop();
    await storePods(nc, count);
    const bound = watchBinds(nc, count);
    const over = new AbortController();
    const beating = beat(nc, fleet, over.signal);
    const natsBefore = useOf(server.pid).cpuSeconds;
    const master = await startMaster(server.url);
    try {
      const asking = askOften(nc, over.signal);
      const { first: begin, last: end } = await bound;
      over.abort();
      const waits = await asking;
      await beating;
      const apiP99Millis = percentile(waits, 0.99);
      const bindsASecond = (1000 * (count - 1)) / (end - begin);
      const masterPeakRss = master.peakRss();
      const micros = ([before, after]: readonly [number, number]) => Math.round((1e6 * (after - before)) / count);
      const [masterMicros, natsMicros] = [
        micros([0, master.cpuSeconds()]),
        micros([natsBefore, useOf(server.pid).cpuSeconds]),
      ];
      console.log(
        `${size} nodes, end to end: ${count} pods bound with ${Math.round(bindsASecond)} binds/s; meanwhile ${waits.length} ` +
          `questions to the API: p50 ${percentile(waits, 0.5).toFixed(1)} ms, p99 ${apiP99Millis.toFixed(1)} ms, ` +
          `longest ${Math.max(...waits).toFixed(1)} ms; CPU a bind: master ${masterMicros} us (its start included), ` +
          `nats-server ${natsMicros} us; the master's peak RSS ${Math.round(masterPeakRss / 2 ** 20)} MB`,
      );
      return { bindsASecond, apiP99Millis, masterPeakRss };
    } finally {
      over.abort();
      await master.stop();
    }
  } finally {
    await nc.close();
    await server.stop();
  }
}

/** Pods as the API stores them. */
async function storePods(nc: NatsConnection, count: number): Promise<void> {
  const store = await openJetStreamStore(nc, { log: silentLogger, clock: realClock, random: Math.random });
  let ids = 0;
  const objects = createObjects({
    store,
    clock: realClock,
    newUid: () => `uid-${++ids}`,
    newSuffix: () => `s${++ids}`,
  });
  await inParallel(
    pods(count, WORKLOADS, 'fifth'),
    async ({ metadata: { ownerReferences: _, ...metadata }, ...pod }) => {
      const made = await objects.create('pods', { ...pod, metadata });
      if (!made.ok) throw new Error(JSON.stringify(made.status));
    },
  );
}

/** When the first and the last of so many pods was seen to have a node. */
function watchBinds(nc: NatsConnection, count: number): Promise<{ readonly first: number; readonly last: number }> {
  const bound = new Set<string>();
  let first = 0;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${bound.size} of ${count} pods were bound`)), LIMIT);
    const subscription = nc.subscribe(watchSubject('pods'), {
      callback: (_, message) => {
        const pod = message.data.length === 0 ? undefined : message.json<Pod>();
        if (pod?.spec?.nodeName === undefined || pod.metadata.name === undefined) return;
        if (bound.size === 0) first = performance.now();
        bound.add(pod.metadata.name);
        if (bound.size < count) return;
        clearTimeout(late);
        subscription.unsubscribe();
        resolve({ first, last: performance.now() });
      },
    });
  });
}

async function beat(nc: NatsConnection, fleet: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const name of fleet) nc.publish(`bramble.node.${token(name)}.up.beat`);
    await pause(realClock, BEAT_EVERY, signal);
  }
}

/** How long the API takes to answer, asked at fixed times whatever it takes: four reads, then a write, and so on. */
async function askOften(nc: NatsConnection, signal: AbortSignal): Promise<readonly number[]> {
  const api: ApiClient = createApiClient(nc, { timeoutMs: 30_000 });
  const asked: Promise<number>[] = [];
  const ask = async (i: number): Promise<number> => {
    const begin = performance.now();
    if (i % 5 === 0) {
      const object = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `asked-${i}` },
        data: { at: String(begin) },
      };
      await api.create('configmaps', object, { namespace: 'default' });
    } else {
      await api.get({ resource: 'namespaces', name: 'default' });
    }
    return performance.now() - begin;
  };
  while (!signal.aborted) {
    asked.push(ask(asked.length));
    await pause(realClock, ASK_EVERY, signal);
  }
  return await Promise.all(asked);
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const worker = async (): Promise<void> => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
