/** The client's end of metrics-protocol.ts: what devices use now. */

import type { NatsConnection } from '@nats-io/transport-node';
import { AskError } from '../actor/ask.ts';
import { decodeAnswer, encodeMessage } from '../actor/transport.ts';
import type { Millis } from '../actor/types.ts';
import type { UsageSample } from '../model/usage-sample.ts';
import { type Detail, metricsDownWire, type UsageAnswer } from './metrics-protocol.ts';
import { natsTransport } from './nats-transport.ts';
import { nodeDownPath } from './subjects.ts';

export type UsageQuestion = {
  /** How old the answer may be. */
  readonly maxAge: Millis;
  readonly detail: Detail;
  /** How long each device has. */
  readonly within: Millis;
};

/** Devices that are asked at the same time. */
const PARALLEL = 64;

/** The sample of each node, or why there is none. */
export async function askUsage(
  nc: NatsConnection,
  nodes: readonly string[],
  question: UsageQuestion,
): Promise<ReadonlyMap<string, UsageSample | AskError>> {
  const transport = natsTransport(nc);
  const found = new Map<string, UsageSample | AskError>();
  const queue = [...new Set(nodes)];
  const body = encodeMessage({ type: 'usage', maxAge: question.maxAge, detail: question.detail } as never);
  const one = async (): Promise<void> => {
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      try {
        const answer = await transport.request(nodeDownPath(node), 'usage', body, question.within);
        found.set(node, sampleIn(metricsDownWire.usage.answer.parse(decodeAnswer(answer))));
      } catch (error) {
        found.set(node, error instanceof AskError ? error : new AskError('invalid', String(error)));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, queue.length) }, one));
  return found;
}

function sampleIn(answer: UsageAnswer): UsageSample | AskError {
  return 'sample' in answer ? answer.sample : new AskError('failed', answer.error);
}
