/** Waits until the one-machine cluster answers and its node is Ready. */

import type { NatsConnection } from '@nats-io/transport-node';
import { AskError } from '../common/actor/ask.ts';
import { pause } from '../common/actor/pause.ts';
import type { Clock } from '../common/actor/types.ts';
import type { UpSettings } from '../common/model/config/up-settings.ts';
import type { KubeObject } from '../common/model/meta.ts';
import { UserError } from '../common/process/program.ts';
import { createApiClient } from '../common/wire/api-client.ts';
import { connectNats } from '../common/wire/connect.ts';
import { natsTransport } from '../common/wire/nats-transport.ts';
import { nodeDownPath } from '../common/wire/subjects.ts';
import { logFile } from './cluster-files.ts';

type Where = Pick<UpSettings, 'natsPort' | 'timeout' | 'dataDir' | 'runDir'>;

const pauseMillis = 100;

/** Reports each step once through `progress`; rejects with UserError when the time is up, saying what was missing last. */
export async function untilReady(settings: Where, clock: Clock, progress: (step: string) => void): Promise<void> {
  const deadline = clock.now() + settings.timeout * 1000;
  let last: string | undefined = '';
  for (;;) {
    const missing = await whatIsMissing(settings);
    // Twice: an agent that can be reached says hello at once, but what the Node says may be of its life before.
    if (missing === undefined && last === undefined) return;
    if (missing !== undefined && missing !== last) progress(missing);
    last = missing;
    if (clock.now() >= deadline) {
      throw new UserError(
        `not ready after ${settings.timeout} s: ${missing ?? 'it was, a moment ago'}; see ${logFile(settings)}`,
      );
    }
    await pause(clock, pauseMillis);
  }
}

/** What the cluster still lacks, in words. */
async function whatIsMissing(settings: Where): Promise<string | undefined> {
  const url = `nats://127.0.0.1:${settings.natsPort}`;
  let connection: Awaited<ReturnType<typeof connectNats>>;
  try {
    connection = await connectNats({ servers: url, name: 'bramble up', lifetime: 'short' });
  } catch {
    return `nats-server at ${url} does not answer yet`;
  }
  try {
    const nodes = await createApiClient(connection, { timeoutMs: 2000 }).list('nodes');
    if (nodes.items.length === 0) return 'the node has not registered yet';
    if (!nodes.items.some(isReady)) return `the node is not Ready yet${reasonOf(nodes.items[0])}`;
    return (await anyReachable(connection, nodes.items)) ? undefined : 'the agent does not answer yet';
  } catch {
    return 'the master does not answer yet';
  } finally {
    await connection.close();
  }
}

/** Whether the agent of one of the nodes is connected: somebody hears what is said to it. */
async function anyReachable(nc: NatsConnection, nodes: readonly KubeObject[]): Promise<boolean> {
  const heard = nodes.map(async ({ metadata }) => {
    try {
      await natsTransport(nc).request(nodeDownPath(metadata.name ?? ''), 'poke', new Uint8Array(0), 1_000);
      return true;
    } catch (error) {
      return error instanceof AskError && error.code !== 'stopped';
    }
  });
  return (await Promise.all(heard)).includes(true);
}

type WithConditions = { readonly status?: unknown };

function readyCondition(node: WithConditions | undefined): { status?: string; message?: string } | undefined {
  const status = node?.status as { conditions?: { type: string; status: string; message?: string }[] } | undefined;
  return status?.conditions?.find((condition) => condition.type === 'Ready');
}

function isReady(node: WithConditions): boolean {
  return readyCondition(node)?.status === 'True';
}

function reasonOf(node: WithConditions | undefined): string {
  const message = readyCondition(node)?.message;
  return message === undefined ? '' : `: ${message}`;
}
