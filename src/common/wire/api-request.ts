/** One request to the API over a NATS connection, with its limits: answers as data, refusals as StatusError. */

import type { Msg, NatsConnection, QueuedIterator } from '@nats-io/transport-node';
import type { Clock, Millis } from '../actor/types.ts';
import { isRecord } from '../lib/deep.ts';
import { isStatusFailure, statusSchema, tooLarge } from '../model/status.ts';
import { ApiError, apiErrorOf, noAnswer, StatusError } from './api-errors.ts';

/** What requests need: the connection, the time that an answer or its next part may take, and the clock for it. */
export type Asking = { readonly nc: NatsConnection; readonly timeoutMs: Millis; readonly clock: Clock };

/** However steadily its parts come, an answer ends within this time. */
const longestAnswer = 600_000;

/** One answer. Throws StatusError for a refusal and ApiError when there is no answer. */
export async function ask(to: Asking, subject: string, body: object): Promise<Record<string, unknown>> {
  const payload = encode(to.nc, body);
  let answer: Msg;
  try {
    answer = await to.nc.request(subject, payload, { timeout: to.timeoutMs });
  } catch (error) {
    throw apiErrorOf(error, subject, to.timeoutMs);
  }
  return decode(answer, subject);
}

/** An answer of several parts; the caller ends it by leaving the loop. Throws as `ask` does. */
export async function* askMany(
  to: Asking,
  subject: string,
  body: object,
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  const payload = encode(to.nc, body);
  let cancel = (): void => undefined;
  try {
    const answers = await to.nc.requestMany(subject, payload, { strategy: 'timer', maxWait: longestAnswer });
    const watchdog = (): void => {
      cancel();
      // What the client promises is an AsyncIterable; only as the QueuedIterator that it is can it be ended early.
      cancel = to.clock.timer(to.timeoutMs, () =>
        (answers as QueuedIterator<Msg>).stop(noAnswer(subject, to.timeoutMs)),
      );
    };
    watchdog();
    for await (const answer of answers) {
      watchdog();
      yield decode(answer, subject);
    }
    throw noAnswer(subject, longestAnswer);
  } catch (error) {
    throw apiErrorOf(error, subject, to.timeoutMs);
  } finally {
    cancel();
  }
}

function encode(nc: NatsConnection, body: object): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(body));
  const limit = nc.info?.max_payload;
  if (limit !== undefined && payload.length > limit) throw new StatusError(tooLarge(payload.length, limit));
  return payload;
}

function decode(answer: Msg, subject: string): Record<string, unknown> {
  let data: unknown;
  try {
    data = answer.json();
  } catch (error) {
    throw new ApiError('protocol', `the answer to ${subject} is no JSON`, { cause: error });
  }
  if (!isRecord(data)) throw new ApiError('protocol', `the answer to ${subject} is no JSON object`);
  if (isStatusFailure(data)) {
    const status = statusSchema.safeParse(data);
    if (!status.success) throw new ApiError('protocol', `the refusal of ${subject} is no Status`);
    throw new StatusError(status.data);
  }
  return data;
}
