/** The agent's connection to NATS: tried for ever, served when it is there, and whatever it does the pods run on. */

import type { NatsConnection } from '@nats-io/transport-node';
import { realClock } from '../../common/actor/clock.ts';
import { pause } from '../../common/actor/pause.ts';
import type { ActorSystem, Logger, Ref } from '../../common/actor/types.ts';
import { backoff } from '../../common/lib/backoff.ts';
import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import { type DeviceMessage, deviceWire } from '../../common/wire/agent-protocol.ts';
import { connectNats } from '../../common/wire/connect.ts';
import { nodeDownPath } from '../../common/wire/subjects.ts';

/** Serves what the master and clients say, and says hello each time that the connection is back. */
export async function online(
  nc: NatsConnection,
  node: string,
  system: ActorSystem,
  agent: Ref<DeviceMessage>,
): Promise<void> {
  await system.expose(agent, deviceWire, { path: nodeDownPath(node) });
  agent.tell({ type: 'who' });
  void (async () => {
    for await (const status of nc.status()) {
      if (status.type === 'reconnect') agent.tell({ type: 'who' });
    }
  })();
}

/** Never rejects: an agent without a connection runs its pods, and what stands in the way may go away. */
export async function connectForEver(
  settings: Pick<AgentSettings, 'creds' | 'server'>,
  node: string,
  log: Logger,
  signal: AbortSignal,
  random: () => number,
): Promise<NatsConnection> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await connectNats({
        servers: settings.server,
        name: `agent ${node}`,
        lifetime: 'long',
        ...(settings.creds === undefined ? {} : { creds: settings.creds }),
      });
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.message : String(error) }, 'NATS does not let this agent in');
    }
    await pause(realClock, backoff(attempt, 1_000, 60_000, random()), signal);
  }
  return await new Promise<never>(() => {});
}

/** Serves clients from when the connection is there; answers with the function that ends the service. */
export function onceConnected(
  connection: Promise<NatsConnection>,
  serve: (nc: NatsConnection) => () => void,
): () => void {
  let stopped = false;
  let stop = (): void => {};
  void connection.then((nc) => {
    if (!stopped) stop = serve(nc);
  });
  return () => {
    stopped = true;
    stop();
  };
}

/** A connection that never came needs no end. */
export async function closeIfOpen(connection: Promise<NatsConnection>): Promise<void> {
  const nc = await Promise.race([connection, Promise.resolve(undefined)]);
  await nc?.close();
}

/** What the work answers; false where there has been no connection yet. */
export async function ifConnected(
  connection: Promise<NatsConnection>,
  work: (nc: NatsConnection) => Promise<boolean>,
): Promise<boolean> {
  const nc = await Promise.race([connection, Promise.resolve(undefined)]);
  return nc !== undefined && (await work(nc));
}
