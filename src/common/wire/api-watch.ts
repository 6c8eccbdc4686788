/**
 * A watch: a list, and the changes after it from `bramble.watch.>`, to which it subscribes before it lists. The
 * changes are core NATS messages, which can be lost where a connection is: so the watch lists again after each
 * reconnect, when a change shows that one before it is missing (watch-state.ts), when its reader is so slow that the
 * buffer is full, and every few minutes against what none of these shows, such as a route between two nats-servers
 * that was down for a moment. What the new list shows differently is told like any change.
 */

import type { Msg } from '@nats-io/transport-node';
import { pause } from '../actor/pause.ts';
import type { Millis } from '../actor/types.ts';
import { matchesFields, matchesSelector, parseFieldSelector, parseLabelSelector } from '../lib/labels.ts';
import { type KubeObject, kubeObjectSchema } from '../model/meta.ts';
import { badRequest } from '../model/status.ts';
import { ApiError, apiErrorOf, noAnswer, StatusError } from './api-errors.ts';
import { listObjects, type Selection } from './api-list.ts';
import { previousRevisionHeader, revisionHeader } from './api-protocol.ts';
import type { Asking } from './api-request.ts';
import { watchSubject } from './subjects.ts';
import { openFeed } from './watch-feed.ts';
import { createWatchState, type ObjectEvent, type WatchChange, type WatchEvent } from './watch-state.ts';

export type WatchOptions = Selection & {
  readonly signal: AbortSignal;
  /** Lists again this often even if nothing seems amiss. Default 5 minutes. */
  readonly relistMs?: Millis;
};

const firstRetry = 200;
const lastRetry = 10_000;

/**
 * First all that is there as ADDED, then SYNCED, then the changes. Ends when `signal` aborts. Throws StatusError when
 * the API refuses, ApiError when the first list fails or the connection is closed; later lists are tried until they
 * succeed, so a change of leaders only delays.
 */
export async function* watchObjects(
  to: Asking,
  resource: string,
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { signal, relistMs = 300_000 } = options;
  const state = createWatchState(selectsOf(options));
  const feed = openFeed(to.nc, watchSubject(resource, options.namespace), signal);
  let synced = false;
  let retry = firstRetry;
  let cancelRelist = (): void => undefined;
  // A reader that has stopped asking never comes to the end of this function: nothing of it may outlive the signal.
  signal.addEventListener('abort', () => cancelRelist(), { once: true });
  try {
    while (!signal.aborted) {
      if (feed.closed()) throw new ApiError('closed', 'the connection to NATS is closed');
      if (feed.takeStale()) {
        const listed = await relist(to, resource, options, state, synced);
        if (listed === undefined) {
          feed.markStale();
          await pause(to.clock, retry, signal);
          retry = Math.min(retry * 2, lastRetry);
          continue;
        }
        retry = firstRetry;
        cancelRelist();
        cancelRelist = to.clock.timer(relistMs, feed.markStale);
        yield* listed.events;
        if (!synced) yield { type: 'SYNCED', resourceVersion: listed.resourceVersion };
        synced = true;
      }
      const message = feed.peek();
      if (message === undefined) {
        await feed.news();
        continue;
      }
      const event = state.changed(readChange(message));
      if (event === 'gap') {
        feed.markStale();
        continue;
      }
      feed.drop();
      if (event !== undefined) yield event;
    }
  } finally {
    cancelRelist();
    feed.close();
  }
}

type Listed = { readonly events: readonly ObjectEvent[]; readonly resourceVersion: string };

/** Undefined: not now, try again. */
async function relist(
  to: Asking,
  resource: string,
  options: WatchOptions,
  state: ReturnType<typeof createWatchState>,
  again: boolean,
): Promise<Listed | undefined> {
  try {
    // The server knows of the subscription before it sees the question.
    await within(to, to.nc.flush(), 'PING');
    const list = await listObjects(to, resource, options);
    const { resourceVersion } = list.metadata;
    const events = state.listed(list.items, Number(resourceVersion));
    return events && { events, resourceVersion };
  } catch (error) {
    const failure = apiErrorOf(error, watchSubject(resource, options.namespace), to.timeoutMs);
    const passing =
      failure instanceof StatusError
        ? failure.status.code === 429 || failure.status.code >= 500
        : failure instanceof ApiError && failure.code !== 'closed';
    if (again && passing) return undefined;
    throw failure;
  }
}

function within<T>(to: Asking, work: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = to.clock.timer(to.timeoutMs, () => reject(noAnswer(what, to.timeoutMs)));
    work.then(resolve, reject).finally(cancel);
  });
}

function readChange(message: Msg): WatchChange {
  const key = message.subject.split('.').slice(-2).join('.');
  const revision = Number(message.headers?.get(revisionHeader));
  const previous = Number(message.headers?.get(previousRevisionHeader) ?? 0);
  if (!Number.isSafeInteger(revision) || revision <= 0) {
    throw new ApiError('protocol', `a change of ${message.subject} came without the header ${revisionHeader}`);
  }
  const deleted = message.headers?.get('KV-Operation') || message.data.length === 0;
  if (deleted) return { key, revision, previous };
  return { key, revision, previous, object: readObject(message, revision) };
}

function readObject(message: Msg, revision: number): KubeObject {
  let data: unknown;
  try {
    data = message.json();
  } catch (error) {
    throw new ApiError('protocol', `a change of ${message.subject} is no JSON`, { cause: error });
  }
  const object = kubeObjectSchema.safeParse(data);
  if (!object.success) throw new ApiError('protocol', `a change of ${message.subject} is no object`);
  const { metadata } = object.data;
  return { ...object.data, metadata: { ...metadata, resourceVersion: String(revision) } } as KubeObject;
}

/** Selectors are applied here too: changes come unselected. */
function selectsOf({ labelSelector = '', fieldSelector = '' }: Selection): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(labelSelector);
  if (!labels.ok) throw new StatusError(badRequest(labels.message));
  const fields = parseFieldSelector(fieldSelector);
  if (!fields.ok) throw new StatusError(badRequest(fields.message));
  return (object) => matchesSelector(labels.selector, object.metadata.labels) && matchesFields(fields.selector, object);
}
