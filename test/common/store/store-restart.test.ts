import { connect, type NatsConnection } from '@nats-io/transport-node';
import test, { type ExecutionContext } from 'ava';
import { realClock } from '../../../src/common/actor/clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { type JetStreamStore, openJetStreamStore } from '../../../src/common/store/jetstream-store.ts';
import { type Change, type Revision, StoreError } from '../../../src/common/store/store.ts';
import { type NatsServer, startNatsServer } from '../../support/nats-server.ts';
import { pod, podKey, readUntil } from './store-contract.ts';

type Rig = { readonly server: NatsServer; readonly nc: NatsConnection; readonly store: JetStreamStore };

async function start(t: ExecutionContext): Promise<Rig> {
  const server = await startNatsServer();
  t.teardown(() => server.stop());
  const nc = await connect({
    servers: server.url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 20,
    reconnectJitter: 0,
  });
  t.teardown(() => nc.close());
  const store = await openJetStreamStore(nc, { log: silentLogger, clock: realClock, random: Math.random });
  return { server, nc, store };
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a watch goes on after nats-server was restarted with ${signal}, and neither loses nor repeats`, async (t) => {
    const { server, store } = await start(t);
    const revisions: Revision[] = [];
    const watched = readUntil(store, 0, (change) => change.type === 'deleted');
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 10; n += 1) {
        revisions.push(await store.create(podKey(`p${round}-${n}`), pod(`p${round}-${n}`)));
      }
      await server.kill(signal);
      const during = store.create(podKey(`during-${round}`), pod(`during-${round}`));
      await server.restart();
      revisions.push(await during);
    }
    const first = revisions[0] ?? 0;
    revisions.push(await store.delete(podKey('p0-0'), first));
    const seen = (await watched).map((change) => change.revision);
    // A watch that catches up may see p0-0 as its deletion alone.
    t.deepEqual([...new Set([first, ...seen])], revisions);
    t.is(new Set(seen).size, seen.length);
  });
}

test('without a server a write is unavailable, not a conflict, within its limit', async (t) => {
  const { server, store } = await start(t);
  const revision = await store.create(podKey('a'), pod('a'));
  await server.kill('SIGKILL');
  await t.throwsAsync(store.update(podKey('a'), pod('a', 1), revision), {
    instanceOf: StoreError,
    code: 'unavailable',
  });
});

/** What one key's only writer knows: acknowledged writes, and those after the last of them whose fate is open. */
type Diary = { readonly acknowledged: { revision: Revision; n: number }[]; open: number[] };

test('20 times SIGKILL under load: every acknowledged write is there, in order', async (t) => {
  const { server, store } = await start(t);
  const names = Array.from({ length: 12 }, (_, n) => `pod-${n}`);
  const diaries = new Map<string, Diary>(names.map((name) => [name, { acknowledged: [], open: [] }]));
  let acknowledged = 0;
  let wake = (): void => {};
  let stop = false;
  const writers = names.map(async (name) => {
    const diary = diaries.get(name) as Diary;
    let last = 0;
    for (let n = 1; !stop; n += 1) {
      diary.open.push(n);
      try {
        last = await (last === 0
          ? store.create(podKey(name), pod(name, n))
          : store.update(podKey(name), pod(name, n), last));
        diary.acknowledged.push({ revision: last, n });
        diary.open = [];
        acknowledged += 1;
        wake();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        // The only writer of a key meets a conflict only with its own write whose fate was open.
        if (error.code !== 'unavailable' && diary.open.length < 2) throw error;
        last = await lastRevision(store, name);
      }
    }
  });
  const end = new AbortController();
  const seen: Change[] = [];
  const watcher = (async () => {
    for await (const change of store.watch({}, 0, end.signal)) {
      if (change.type === 'bookmark') continue;
      seen.push(change);
      wake();
    }
  })();
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  for (let kill = 0; kill < 20; kill += 1) {
    const enough = acknowledged + 100;
    await Promise.race([until(() => acknowledged >= enough), Promise.all(writers)]);
    await server.kill('SIGKILL');
    await server.restart();
  }
  stop = true;
  await Promise.all(writers);
  const list = await store.list({});
  await until(() => (seen.at(-1)?.revision ?? 0) >= list.revision);
  end.abort();
  await watcher;

  t.true(acknowledged >= 2_000);
  const stored = new Map(list.entries.map((entry) => [entry.key.name, entry]));
  for (const [name, diary] of diaries) {
    const entry = stored.get(name);
    const last = diary.acknowledged.at(-1);
    if (entry === undefined || last === undefined) return t.fail(`${name} is not there`);
    t.true(increasing(diary.acknowledged.map(({ revision }) => revision)));
    if (entry.revision === last.revision) t.is(entry.object.data, last.n);
    else {
      t.true(entry.revision > last.revision, `${name} lost the acknowledged ${last.revision}`);
      t.true(diary.open.includes(entry.object.data as number));
    }
    const mine = seen.filter((change) => change.key.name === name);
    t.true(increasing(mine.map((change) => change.revision)));
    t.deepEqual(mine.at(-1), { type: 'put', ...entry });
    const told = new Map(mine.map((change) => [change.revision, change]));
    for (const { revision, n } of diary.acknowledged) {
      const change = told.get(revision);
      if (change?.type === 'put') t.is(change.object.data, n);
    }
  }
});

/** What the store holds of a pod now; asked again while it cannot be reached. */
async function lastRevision(store: JetStreamStore, name: string): Promise<Revision> {
  for (;;) {
    try {
      return (await store.get(podKey(name)))?.revision ?? 0;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'unavailable')) throw error;
    }
  }
}

function increasing(numbers: readonly number[]): boolean {
  return numbers.every((n, index) => index === 0 || n > (numbers[index - 1] ?? 0));
}
