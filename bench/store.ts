/**
 * `bench store [writes]`: writes a second on the JetStream store with its data on the disk (`sync_interval: always`),
 * one at a time and pipelined; a list of 22 000 keys; and the time from a write to its watcher. Values are 1 KiB.
 */
import { connect } from '@nats-io/transport-node';
import { realClock } from '../src/common/actor/clock.ts';
import { silentLogger } from '../src/common/actor/silent-logger.ts';
import type { KubeObject } from '../src/common/model/meta.ts';
import { openJetStreamStore } from '../src/common/store/jetstream-store.ts';
import type { Store, StoreKey } from '../src/common/store/store.ts';
import { startNatsServer } from '../test/support/nats-server.ts';
import { median } from './lib/statistics.ts';

const KEYS = 22_000;
const IN_FLIGHT = 256;
const FILL = 'x'.repeat(1_024);

export async function run(args: readonly string[] = []): Promise<Record<string, number>> {
  const writes = args[0] === undefined ? 2_000 : Number(args[0]);
  if (!Number.isInteger(writes) || writes < 1 || writes > KEYS) {
    throw new RangeError(`writes: ${args[0]} found, a whole number from 1 to ${KEYS} is accepted`);
  }
  const server = await startNatsServer();
  const nc = await connect({ servers: server.url });
  try {
    const store = await openJetStreamStore(nc, { log: silentLogger, clock: realClock, random: Math.random });
    const one = await seconds(async () => {
      for (let n = 0; n < writes; n += 1) await store.create(key(n), config(n));
    });
    const pipelined = await seconds(() => createAll(store, writes, KEYS));
    const lists: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      lists.push(
        await seconds(async () => {
          const { entries } = await store.list({});
          if (entries.length !== KEYS) throw new Error(`${entries.length} of ${KEYS} keys were listed`);
        }),
      );
    }
    return {
      puts_s: Math.round(writes / one),
      pipelined_puts_s: Math.round((KEYS - writes) / pipelined),
      list_22k_ms: Math.round(median(lists) * 1_000),
      put_watch_p50_ms: Math.round(median(await watchDelays(store, Math.min(writes, 500))) * 1_000) / 1_000,
    };
  } finally {
    await nc.close();
    await server.stop();
  }
}

function key(n: number): StoreKey {
  return { resource: 'configmaps', namespace: 'default', name: `c${n}` };
}

function config(n: number): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${n}`, namespace: 'default' }, data: { FILL } };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1_000;
}

async function createAll(store: Store, from: number, to: number): Promise<void> {
  let next = from;
  const lane = async (): Promise<void> => {
    while (next < to) {
      const n = next;
      next += 1;
      await store.create(key(n), config(n));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** Milliseconds from asking for a write to its change being handed out, for each of `count` updates in turn. */
async function watchDelays(store: Store, count: number): Promise<number[]> {
  const end = new AbortController();
  const { revision } = await store.list({});
  const changes = store.watch({}, revision, end.signal)[Symbol.asyncIterator]();
  const delays: number[] = [];
  let last = (await store.get(key(0)))?.revision ?? 0;
  for (let n = 0; n < count; n += 1) {
    const seen = changes.next();
    const begin = performance.now();
    const written = store.update(key(0), config(n), last);
    await seen;
    delays.push(performance.now() - begin);
    last = await written;
  }
  end.abort();
  await changes.return?.();
  return delays;
}
