/**
 * The changes that a watch subscribes to, as far as they wait for its reader, and whether some are missing: at first,
 * after a reconnect, and when the reader was so slow that the buffer was full.
 */

import type { Msg, NatsConnection, QueuedIterator, Status } from '@nats-io/transport-node';
import { apiErrorOf } from './api-errors.ts';

/** Changes that wait for the reader; beyond it they are dropped and the watch lists again. */
const capacity = 10_000;

/** The subscription with its buffer, and whatever says that the buffer lacks something. */
export function openFeed(nc: NatsConnection, subject: string, signal: AbortSignal) {
  let waiting: Msg[] = [];
  let stale = true;
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const markStale = (): void => {
    stale = true;
    wake();
  };
  const subscription = nc.subscribe(subject, {
    callback: (error, message) => {
      if (error) failure = apiErrorOf(error, subject, 0);
      else if (waiting.length < capacity) waiting.push(message);
      else {
        waiting = [];
        stale = true;
      }
      wake();
    },
  });
  // Typed as AsyncIterable; only as the QueuedIterator that it is can it be ended.
  const statuses = nc.status() as QueuedIterator<Status>;
  const followed = (async () => {
    for await (const { type } of statuses) if (type === 'reconnect' || type === 'slowConsumer') markStale();
  })();
  const onClosed = (): void => {
    ended = true;
    wake();
  };
  nc.closed().then(onClosed, onClosed);
  followed.catch(onClosed);
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);

  return {
    markStale,
    takeStale: (): boolean => {
      const was = stale;
      stale = false;
      return was;
    },
    closed: (): boolean => {
      if (failure !== undefined) throw failure;
      return ended;
    },
    peek: (): Msg | undefined => waiting[0],
    drop: (): void => {
      waiting.shift();
    },
    /** Resolves when there may be something to do. */
    news: (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
        if (signal.aborted || ended || stale || waiting.length > 0 || failure !== undefined) resolve();
      }),
    close: (): void => {
      signal.removeEventListener('abort', onAbort);
      statuses.stop();
      if (!subscription.isClosed()) subscription.unsubscribe();
    },
  };
}
