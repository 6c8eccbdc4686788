/** A message of samples, from the device to whoever listens. */

import { errors, type NatsConnection } from '@nats-io/transport-node';
import type { UsageSample } from '../model/usage-sample.ts';
import { nodeMetricsSubject } from './subjects.ts';

/**
 * True once the server has it. While the connection is away it waits for no reconnection: what was not acknowledged then is
 * lost with it, and false. On one that only hangs it waits until that is known.
 */
export async function sendMetrics(nc: NatsConnection, node: string, samples: readonly UsageSample[]): Promise<boolean> {
  try {
    nc.publish(nodeMetricsSubject(node), JSON.stringify({ samples }));
    await nc.flush();
    return true;
  } catch (error) {
    if (error instanceof errors.ClosedConnectionError || error instanceof errors.RequestError) return false;
    if (error instanceof errors.DrainingConnectionError || error instanceof errors.ConnectionError) return false;
    throw error;
  }
}
