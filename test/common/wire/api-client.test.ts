import { connect } from '@nats-io/transport-node';
import test, { type ExecutionContext } from 'ava';
import { createApiClient } from '../../../src/common/wire/api-client.ts';
import { ApiError } from '../../../src/common/wire/api-errors.ts';
import type { WatchEvent } from '../../../src/common/wire/watch-state.ts';
import { startApi } from '../../support/api-rig.ts';
import { startNatsServer } from '../../support/nats-server.ts';

const configMap = (name: string, labels: Record<string, string> = {}, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
  data,
});
const key = (name: string) => ({ resource: 'configmaps', namespace: 'default', name });

/** Collects events until `enough` says so; fails after 20 s with what it has. */
async function collect(
  t: ExecutionContext,
  events: AsyncIterator<WatchEvent>,
  enough: (seen: WatchEvent[]) => boolean,
) {
  const seen: WatchEvent[] = [];
  const limit = AbortSignal.timeout(20_000);
  const late = new Promise<'late'>((resolve) => limit.addEventListener('abort', () => resolve('late')));
  while (!enough(seen)) {
    const next = await Promise.race([events.next(), late]);
    if (next === 'late') {
      t.fail(`not in time; seen: ${seen.map(summary).join(' ')}`);
      break;
    }
    if (next.done) break;
    seen.push(next.value);
  }
  return seen;
}

function summary(event: WatchEvent): string {
  return event.type === 'SYNCED' ? 'SYNCED' : `${event.type} ${event.object.metadata.name}`;
}

function watching(t: ExecutionContext) {
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  return stop;
}

test('without a master the client says so at once', async (t) => {
  const server = await startNatsServer();
  t.teardown(() => server.stop());
  const nc = await connect({ servers: server.url });
  t.teardown(() => nc.close());
  const api = createApiClient(nc);
  for (const asked of [api.get(key('a')), api.list('pods'), api.version()]) {
    t.is((await t.throwsAsync(asked, { instanceOf: ApiError }))?.code, 'no-master');
  }
});

test('a master that does not answer is a timeout, also in the middle of a list', async (t) => {
  const server = await startNatsServer();
  t.teardown(() => server.stop());
  const nc = await connect({ servers: server.url });
  t.teardown(() => nc.close());
  nc.subscribe('bramble.api.>', {
    callback: (_error, message) => {
      if (!message.subject.startsWith('bramble.api.list.')) return;
      const metadata = { resourceVersion: '9', remainingItemCount: 1 };
      message.respond(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items: [] }));
    },
  });
  const api = createApiClient(nc, { timeoutMs: 100 });
  t.is((await t.throwsAsync(api.get(key('a')), { instanceOf: ApiError }))?.code, 'timeout');
  t.is((await t.throwsAsync(api.list('pods'), { instanceOf: ApiError }))?.code, 'timeout');
});

test('a closed connection is told apart', async (t) => {
  const server = await startNatsServer();
  t.teardown(() => server.stop());
  const nc = await connect({ servers: server.url });
  await nc.close();
  t.is((await t.throwsAsync(createApiClient(nc).version(), { instanceOf: ApiError }))?.code, 'closed');
});

test('a watch tells what is there, then each change, and ends when it is told to', async (t) => {
  const { api } = await startApi(t);
  await api.create('configmaps', configMap('a', { app: 'x' }));
  await api.create('configmaps', configMap('other', { app: 'y' }));
  const stop = watching(t);
  const events = api.watch('configmaps', { labelSelector: 'app=x', signal: stop.signal })[Symbol.asyncIterator]();
  const first = await collect(t, events, (seen) => seen.length === 2);
  t.deepEqual(first.map(summary), ['ADDED a', 'SYNCED']);
  await api.create('configmaps', configMap('b', { app: 'x' }));
  await api.patch(key('a'), 'merge', { data: { k: 'v' } });
  await api.patch(key('a'), 'merge', { metadata: { labels: { app: 'z' } } });
  await api.patch(key('other'), 'merge', { metadata: { labels: { app: 'x' } } });
  await api.delete(key('b'));
  const rest = await collect(t, events, (seen) => seen.length === 5);
  t.deepEqual(rest.map(summary), ['ADDED b', 'MODIFIED a', 'DELETED a', 'ADDED other', 'DELETED b']);
  stop.abort();
  t.true((await events.next()).done);
});

test('a watch across a broken connection loses nothing and never goes back', async (t) => {
  const { server, api, objects } = await startApi(t);
  const stop = watching(t);
  const events = api.watch('configmaps', { signal: stop.signal })[Symbol.asyncIterator]();
  await collect(t, events, (seen) => seen.some(({ type }) => type === 'SYNCED'));
  const names = ['a', 'b', 'c'];
  for (const name of names) await objects.create('configmaps', configMap(name));
  const writing = (async () => {
    for (let i = 0; i < 60; i++) {
      const name = names[i % names.length] ?? 'a';
      for (let done = false; !done; ) {
        const asked = objects.patch(key(name), 'merge', { data: { count: String(i) } });
        done = await asked.then(
          ({ ok }) => ok,
          () => false,
        );
      }
      if (i === 20) {
        await server.kill('SIGKILL');
        await server.restart();
      }
    }
    await objects.delete(key('a'), {});
  })();
  const seen = await collect(t, events, (all) => {
    const last = new Map(all.flatMap((e) => (e.type === 'SYNCED' ? [] : [[e.object.metadata.name, e] as const])));
    const count = (name: string) => (last.get(name)?.object['data'] as { count?: string } | undefined)?.count;
    return last.get('a')?.type === 'DELETED' && count('b') === '58' && count('c') === '59';
  });
  await writing;
  for (const name of names) {
    const revisions = seen
      .flatMap((event) => (event.type !== 'SYNCED' && event.object.metadata.name === name ? [event.object] : []))
      .map(({ metadata }) => Number(metadata.resourceVersion));
    t.true(revisions.length > 2);
    t.true(revisions.every((revision, i) => i === 0 || revision > (revisions[i - 1] ?? 0)));
  }
});
