/**
 * The API server: takes calls from the listener, so many at a time, and answers each exactly once. Lists come from
 * memory, after everything that this master has acknowledged is in; everything else from the store.
 */

import type { Behavior, Clock, Context, Millis } from '../../common/actor/types.ts';
import { masterFamilies } from '../../common/metrics/master.ts';
import type { Meter } from '../../common/metrics/meter.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { internalError, type Status, serviceUnavailable, timeout, tooManyRequests } from '../../common/model/status.ts';
import { type Revision, type Store, StoreError } from '../../common/store/store.ts';
import type { ApiCall, ApiListener, DeviceUsage, ListSource, Objects } from '../ports.ts';
import { sendList } from './api-list.ts';
import { codeOf, countRequest } from './api-meter.ts';
import { createRequests, type Outcome } from './api-requests.ts';
import type { BindDependencies } from './bind-pod.ts';
import type { ExplainDependencies } from './explain-pod.ts';
import { createMetricsRequests } from './metrics-requests.ts';

export type ApiMessage =
  | { readonly type: 'call'; readonly call: ApiCall }
  | { readonly type: 'done'; readonly call: ApiCall; readonly code: number; readonly began: Millis }
  | { readonly type: 'failed'; readonly call: ApiCall; readonly error: unknown; readonly began: Millis };

export type ApiDependencies = {
  readonly listener: ApiListener;
  readonly objects: Objects;
  readonly store: Pick<Store, 'get'>;
  readonly lists: ListSource;
  readonly clock: Pick<Clock, 'wall'>;
  readonly explain: ExplainDependencies['explain'];
  /** What metrics.k8s.io is answered from; without it there is none. */
  readonly usage?: DeviceUsage;
  readonly meter?: Meter | undefined;
  readonly reservations: BindDependencies['reservations'];
  /** The last revision that this master has acknowledged to anybody. */
  readonly acknowledged: () => Revision;
  /** Calls that are worked on at the same time; more wait their turn. Default 256. */
  readonly concurrency?: number;
  /** Calls that wait; more are refused with 429. Default 10,000. */
  readonly queue?: number;
  /** How long a list waits for memory to have what is acknowledged. Default 4 s. */
  readonly patience?: Millis;
};

/** Listens while it lives; the leader spawns it, and stops it when it no longer leads. */
export function apiServer(dependencies: ApiDependencies): Behavior<ApiMessage> {
  const { listener, concurrency = 256, queue = 10_000 } = dependencies;
  return async (self) => {
    const onStored = createRequests(dependencies);
    const { usage, lists, meter } = dependencies;
    const onMetrics = usage === undefined ? undefined : createMetricsRequests({ usage, lists });
    const perform = (call: ApiCall): Promise<Outcome> => onMetrics?.(call) ?? onStored(call);
    let running = 0;
    const waiting: ApiCall[] = [];
    const start = (call: ApiCall): void => {
      running++;
      const began = self.clock.now();
      self.pipe(
        async (signal) => {
          const outcome = await perform(call);
          await answer(self, dependencies, call, outcome, signal);
          return codeOf(outcome);
        },
        (code) => ({ type: 'done', call, code, began }),
        (error) => ({ type: 'failed', call, error, began }),
      );
    };
    const counted = (call: ApiCall, code: number, began: Millis): void => {
      if (meter !== undefined) countRequest(meter, call, code, self.clock.now() - began);
    };
    meter?.watch(masterFamilies.running, {}, () => running);
    meter?.watch(masterFamilies.waiting, {}, () => waiting.length);
    const ended = (): void => {
      running--;
      const next = waiting.shift();
      if (next !== undefined) start(next);
    };
    const unlisten = await listener.listen((call) => {
      if (!self.ref.tell({ type: 'call', call })) refuse(call, overloaded);
    });
    return {
      on: {
        call: ({ call }) => {
          if (running < concurrency) return start(call);
          if (waiting.length >= queue) {
            counted(call, overloaded.code, self.clock.now());
            return refuse(call, overloaded);
          }
          waiting.push(call);
        },
        done: ({ call, code, began }) => {
          ended();
          counted(call, code, began);
        },
        failed: ({ call, error, began }) => {
          ended();
          counted(call, statusOf(call, error).code, began);
          if (!(error instanceof StoreError)) {
            self.log.error({ error, verb: call.verb, resource: call.resource }, 'a request failed');
          }
          refuse(call, statusOf(call, error));
        },
      },
      stopped: unlisten,
    };
  };
}

const overloaded = tooManyRequests('the API has too many requests at once: try again', 1);

async function answer(
  self: Context<ApiMessage>,
  { lists, acknowledged, patience = 4_000 }: ApiDependencies,
  call: ApiCall,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<void> {
  if (outcome.type === 'refused') return call.answer(JSON.stringify(outcome.status));
  if (outcome.type === 'object') return call.answer(JSON.stringify(outcome.object));
  const pause = () => new Promise<void>((resolve) => self.clock.soon(resolve));
  if (outcome.type === 'items') {
    return await sendList(outcome.kind, [...outcome.items].sort(byName), 0, call.answer, pause);
  }
  const late = new AbortController();
  const cancel = self.clock.timer(patience, () => late.abort());
  try {
    await lists.caughtUp(acknowledged(), AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (!late.signal.aborted) throw error;
    return refuse(call, timeout('the list is not up to date yet: try again'));
  } finally {
    cancel();
  }
  const { objects, revision } = lists.list(outcome.kind.plural, call.namespace);
  await sendList(outcome.kind, objects.filter(outcome.selects).sort(byName), revision, call.answer, pause);
}

function byName({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  const [left, right] = [`${a.namespace ?? ''}/${a.name}`, `${b.namespace ?? ''}/${b.name}`];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function refuse(call: ApiCall, status: Status): void {
  call.answer(JSON.stringify(status));
}

function statusOf({ verb }: ApiCall, error: unknown): Status {
  if (!(error instanceof StoreError)) return internalError('see the log of the master');
  if (verb === 'get' || verb === 'list') return serviceUnavailable(`the store cannot be read: ${error.message}`);
  return timeout(`the store has not acknowledged; the write may or may not be there: ${error.message}`);
}
