/** The API as the master serves it, on a real nats-server, with the store and the view behind it. */

import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { ExecutionContext } from 'ava';
import { realClock } from '../../src/common/actor/clock.ts';
import { silentLogger } from '../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../src/common/actor/system.ts';
import { openJetStreamStore } from '../../src/common/store/jetstream-store.ts';
import type { Store } from '../../src/common/store/store.ts';
import { type ApiClient, createApiClient } from '../../src/common/wire/api-client.ts';
import { natsTransport } from '../../src/common/wire/nats-transport.ts';
import { apiServer } from '../../src/master/actors/api.ts';
import { clusterBehavior } from '../../src/master/actors/cluster.ts';
import { createDeviceUsage } from '../../src/master/actors/device-usage.ts';
import { createNatsApiListener } from '../../src/master/io/api-listener.ts';
import { bootstrap, createObjects } from '../../src/master/objects.ts';
import type { Objects } from '../../src/master/ports.ts';
import { fakeScheduler, noReservations } from './fake-scheduler.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';

export type ApiRig = {
  readonly server: NatsServer;
  readonly store: Store;
  readonly objects: Objects;
  /** A client's own connection, which reconnects at once. */
  readonly nc: NatsConnection;
  readonly api: ApiClient;
};

/** Ends with the test, also when it fails. */
export async function startApi(
  t: ExecutionContext,
  options: { concurrency?: number; queue?: number } = {},
): Promise<ApiRig> {
  const server = await startNatsServer();
  t.teardown(() => server.stop());
  const dial = async () => {
    const nc = await connect({ servers: server.url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
    t.teardown(() => nc.close());
    return nc;
  };
  const [mine, nc] = await Promise.all([dial(), dial()]);
  const store = await openJetStreamStore(mine, { log: silentLogger, clock: realClock, random: Math.random });
  let acknowledged = 0;
  const objects = createObjects(
    {
      store,
      clock: realClock,
      newUid: () => crypto.randomUUID(),
      newSuffix: () => crypto.randomUUID().slice(0, 5),
    },
    (revision) => {
      acknowledged = Math.max(acknowledged, revision);
    },
  );
  await bootstrap(objects);
  const transport = natsTransport(mine);
  const system = createSystem({ clock: realClock, log: silentLogger, random: Math.random, transport });
  const usage = createDeviceUsage(system, realClock);
  t.teardown(() => system.shutdown());
  const listener = createNatsApiListener(mine, { version: '1.2.3', name: 'test' });
  let listening = (): void => undefined;
  const served = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const announced = {
    listen: async (serve: Parameters<typeof listener.listen>[0]) => {
      const unlisten = await listener.listen(serve);
      listening();
      return unlisten;
    },
  };
  system.spawn(
    'cluster',
    clusterBehavior(store, [
      (start, _cluster, lists) => {
        const acknowledgedNow = () => acknowledged;
        start(
          'api',
          apiServer({
            ...{ listener: announced, objects, store, lists, clock: realClock, acknowledged: acknowledgedNow },
            ...{ explain: fakeScheduler(store), usage, reservations: noReservations, ...options },
          }),
        );
      },
    ]),
  );
  await served;
  return { server, store, objects, nc, api: createApiClient(nc) };
}
