/** Serves the real API over a real nats-server from a store in memory: what the client needs of a master. */

import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { realClock } from '../../src/common/actor/clock.ts';
import { MemoryStore } from '../../src/common/store/memory-store.ts';
import { type ApiClient, createApiClient } from '../../src/common/wire/api-client.ts';
import { previousRevisionHeader, revisionHeader } from '../../src/common/wire/api-protocol.ts';
import { apiSubjects, token, untoken } from '../../src/common/wire/subjects.ts';
import { sendList } from '../../src/master/actors/api-list.ts';
import { createRequests } from '../../src/master/actors/api-requests.ts';
import { bootstrap, createObjects } from '../../src/master/objects.ts';
import type { ApiCall } from '../../src/master/ports.ts';
import { fakeScheduler, noReservations } from '../support/fake-scheduler.ts';
import { startNatsServer } from '../support/nats-server.ts';

export type FakeMaster = {
  readonly url: string;
  /** Its connection, on which a test may serve what a device serves. */
  readonly nats: NatsConnection;
  /** A client of it, for what only a master or a device writes. */
  readonly api: ApiClient;
  stop(): Promise<void>;
};

export async function startFakeMaster(): Promise<FakeMaster> {
  const server = await startNatsServer({ jetstream: false, config: 'max_payload: 4MB' });
  const nats = await connect({ servers: server.url });
  const store = new MemoryStore();
  let ids = 0;
  const newId = (): string => `id${++ids}`;
  const objects = createObjects({ store, clock: realClock, newUid: newId, newSuffix: newId });
  await bootstrap(objects);
  const perform = createRequests({
    ...{ objects, store, clock: realClock, explain: fakeScheduler(store), reservations: noReservations },
    lists: { list: () => ({ objects: [], revision: 0 }) },
  });
  const serve = async (call: ApiCall): Promise<void> => {
    const outcome = await perform(call);
    if (outcome.type === 'object') return call.answer(JSON.stringify(outcome.object));
    if (outcome.type === 'refused') return call.answer(JSON.stringify(outcome.status));
    if (outcome.type === 'items') return await sendList(outcome.kind, outcome.items, 0, call.answer, async () => {});
    const { namespace } = call;
    const { entries, revision } = await store.list({ resource: call.resource, ...(namespace && { namespace }) });
    const found = entries.map(({ object }) => object).filter(outcome.selects);
    await sendList(outcome.kind, found, revision, call.answer, async () => {});
  };
  nats.subscribe(apiSubjects, {
    callback: (_error, message) => {
      const [, , verb = '', resource = '', space = '-', called = '-'] = message.subject.split('.');
      const namespace = untoken(space);
      const name = untoken(called);
      const answer = (json: string): void => void message.respond(json);
      void serve({
        verb,
        resource,
        body: message.data,
        answer,
        ...(namespace && { namespace }),
        ...(name && { name }),
      });
    },
  });
  const stop = new AbortController();
  const republished = (async () => {
    const last = new Map<string, number>();
    for await (const change of store.watch({}, 0, stop.signal)) {
      if (change.type === 'bookmark') continue;
      const { resource, namespace, name } = change.key;
      const subject = `bramble.watch.${resource}.${token(namespace)}.${token(name)}`;
      const heads = headers();
      heads.set(revisionHeader, String(change.revision));
      heads.set(previousRevisionHeader, String(last.get(subject) ?? 0));
      if (change.type === 'deleted') heads.set('KV-Operation', 'DEL');
      last.set(subject, change.revision);
      nats.publish(subject, change.type === 'put' ? JSON.stringify(change.object) : '', { headers: heads });
    }
  })();
  return {
    url: server.url,
    nats,
    api: createApiClient(nats),
    async stop() {
      stop.abort();
      await republished;
      await nats.close();
      await server.stop();
    },
  };
}
