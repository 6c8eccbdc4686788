import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import test from 'ava';
import { realClock } from '../../../src/common/actor/clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { type JetStreamStore, openJetStreamStore } from '../../../src/common/store/jetstream-store.ts';
import { StoreError } from '../../../src/common/store/store.ts';
import { type NatsServer, startNatsServer } from '../../support/nats-server.ts';
import { pod, podKey, readUntil, storeContract } from './store-contract.ts';

let server: NatsServer;
let nc: NatsConnection;
let buckets = 0;

test.before(async () => {
  server = await startNatsServer({ config: 'max_payload: 4MB' });
  nc = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 0 });
});
test.after.always(async () => {
  await nc?.close();
  await server?.stop();
});

function open(bucket = `b${++buckets}`, replicas?: number): Promise<JetStreamStore> {
  return openJetStreamStore(nc, {
    bucket,
    log: silentLogger,
    clock: realClock,
    random: Math.random,
    ...(replicas === undefined ? {} : { replicas }),
  });
}

storeContract(test, 'jetstream', async () => {
  const store = await open();
  return { store, forget: async () => void (await store.compact(-60_000)) };
});

test('opening a bucket again keeps what it holds', async (t) => {
  const store = await open('again');
  const revision = await store.create(podKey('a'), pod('a'));
  t.is((await (await open('again')).get(podKey('a')))?.revision, revision);
});

test('compaction forgets deletions only, once, and writes nothing when there are none', async (t) => {
  const store = await open();
  const kept = await store.create(podKey('kept'), pod('kept'));
  const first = await store.create(podKey('a'), pod('a'));
  const deleted = await store.delete(podKey('a'), first);
  t.is(await store.compact(), 0, 'a deletion of today stays');
  t.is((await store.list({})).revision, deleted);
  t.is(await store.compact(-60_000), 1);
  const { revision, entries } = await store.list({});
  t.is(entries[0]?.revision, kept);
  t.is(await store.compact(-60_000), 0);
  t.is((await store.list({})).revision, revision);
  const again = await store.create(podKey('a'), pod('a'));
  const seen = await readUntil(store, deleted, () => true);
  t.is(seen[0]?.revision, again);
});

test('a stored value that is no object is skipped, and the watch goes on', async (t) => {
  const store = await open('broken');
  await nc.request('$KV.broken.pods.default.bad', 'no json');
  await nc.request('$KV.broken.pods.default.list', '[]');
  const revision = await store.create(podKey('good'), pod('good'));
  const seen = await readUntil(store, 0, () => true);
  t.deepEqual(
    seen.map((change) => change.revision),
    [revision],
  );
  t.is((await store.list({})).entries.length, 1);
  t.is(await store.get(podKey('bad')), undefined);
});

test('a stream that was made anew ends the watches of the old one, and a list begins with the new one', async (t) => {
  const store = await open('anew');
  const revision = await store.create(podKey('a'), pod('a'));
  await (await jetstreamManager(nc)).streams.delete('KV_anew');
  const other = await open('anew');
  await other.create(podKey('b'), pod('b'));
  await t.throwsAsync(
    readUntil(store, revision, () => true),
    { instanceOf: StoreError, code: 'gone' },
  );
  const list = await store.list({});
  t.deepEqual(
    list.entries.map((entry) => entry.key.name),
    ['b'],
  );
  const next = await other.create(podKey('c'), pod('c'));
  t.is((await readUntil(store, list.revision, () => true))[0]?.revision, next);
});

test('a store on a closed connection says so', async (t) => {
  const own = await connect({ servers: server.url });
  const store = await openJetStreamStore(own, {
    bucket: 'closed',
    log: silentLogger,
    clock: realClock,
    random: Math.random,
  });
  await own.close();
  const refused = { instanceOf: StoreError, code: 'unavailable' };
  await t.throwsAsync(store.create(podKey('a'), pod('a')), refused);
  await t.throwsAsync(store.get(podKey('a')), refused);
  await t.throwsAsync(store.list({}), refused);
  await t.throwsAsync(
    readUntil(store, 0, () => true),
    refused,
  );
});

test('every write is repeated on its watch subject with its revision', async (t) => {
  const store = await open();
  const subscription = nc.subscribe('bramble.watch.pods.republished.*', { max: 2 });
  await nc.flush();
  const put = await store.create(podKey('a.b', 'republished'), pod('a.b'));
  const deleted = await store.delete(podKey('a.b', 'republished'), put);
  const seen: unknown[] = [];
  for await (const message of subscription) {
    seen.push([message.subject, message.headers?.get('Nats-Sequence'), message.headers?.get('KV-Operation')]);
  }
  t.deepEqual(seen, [
    ['bramble.watch.pods.republished.a_b', String(put), ''],
    ['bramble.watch.pods.republished.a_b', String(deleted), 'DEL'],
  ]);
});

test('a list of 22 000 keys while another writer writes is complete', async (t) => {
  const store = await open();
  const count = 22_000;
  for (let done = 0; done < count; done += 1_000) {
    await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => store.create(podKey(`p${done + n}`), pod(`p${done + n}`))),
    );
  }
  let writing = true;
  const writer = (async () => {
    let revision = (await store.get(podKey('p7')))?.revision ?? 0;
    while (writing) revision = await store.update(podKey('p7'), pod('p7', revision), revision);
  })();
  for (let n = 0; n < 5; n += 1) t.is((await store.list({})).entries.length, count);
  writing = false;
  await writer;
});
