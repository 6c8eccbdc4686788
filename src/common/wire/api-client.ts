/**
 * The API's client: what the CLI, benches and tests call. Each function is one request; refusals are thrown as
 * StatusError, everything else that can go wrong as ApiError (api-errors.ts). Nothing is retried here, but a watch.
 */

import type { NatsConnection } from '@nats-io/transport-node';
import { realClock } from '../actor/clock.ts';
import type { Clock, Millis } from '../actor/types.ts';
import { type KubeObject, kubeObjectSchema } from '../model/meta.ts';
import type { StoreKey } from '../store/store.ts';
import { ApiError } from './api-errors.ts';
import { listObjects, type ObjectList, type Selection } from './api-list.ts';
import type { DeleteRequest } from './api-protocol.ts';
import { type Asking, ask } from './api-request.ts';
import { type WatchOptions, watchObjects } from './api-watch.ts';
import { type ApiVerb, apiSubject, versionSubject } from './subjects.ts';
import type { WatchEvent } from './watch-state.ts';

export type ApiVersion = {
  /** Of the master that answers. */
  readonly version: string;
  /** Of the nats-server that it is connected to. */
  readonly nats: string;
  /** Name of the master. */
  readonly name: string;
};
/** `nodes`: only these. */
export type SchedulingQuestion = { readonly object?: object; readonly nodes?: readonly string[] };
export type WriteOptions = { readonly dryRun?: boolean };

export interface ApiClient {
  get(key: StoreKey): Promise<KubeObject>;
  /** All objects that are selected, true for one `resourceVersion`. Without a namespace: of all namespaces. */
  list(resource: string, selection?: Selection): Promise<ObjectList>;
  /** The object's own `metadata.namespace` may be left out when `namespace` is given. */
  create(
    resource: string,
    object: unknown,
    options?: WriteOptions & { readonly namespace?: string },
  ): Promise<KubeObject>;
  /** Replaces all but the status; a `metadata.resourceVersion` in the object must be the current one. */
  update(key: StoreKey, object: unknown, options?: WriteOptions): Promise<KubeObject>;
  /** Replaces the status only. */
  updateStatus(key: StoreKey, object: unknown, options?: WriteOptions): Promise<KubeObject>;
  patch(
    key: StoreKey,
    type: 'merge' | 'strategic',
    patch: Readonly<Record<string, unknown>>,
    options?: WriteOptions & { readonly subresource?: 'status' | 'resize' },
  ): Promise<KubeObject>;
  /** Answers with the object: as it goes on ending (it has a deletionTimestamp and a later resourceVersion) or as it last was. */
  delete(key: StoreKey, request?: DeleteRequest): Promise<KubeObject>;
  /** Binds the pod of that uid to a node. */
  bind(key: StoreKey, uid: string, node: string): Promise<KubeObject>;
  /** Ends the pod if its PodDisruptionBudget allows it; StatusError with code 429 when it does not. */
  evict(key: StoreKey, request?: DeleteRequest): Promise<KubeObject>;
  /** Why the scheduler puts a pod where it does; with `object`, the manifest of a pod, where it would. */
  explainScheduling(key: StoreKey, question: SchedulingQuestion): Promise<KubeObject>;
  version(): Promise<ApiVersion>;
  /** See api-watch.ts. Ends when `signal` aborts. */
  watch(resource: string, options: WatchOptions): AsyncIterable<WatchEvent>;
}

/** `timeoutMs`: how long an answer, or the next part of one, may take. Default 5 s. */
export function createApiClient(
  nc: NatsConnection,
  options: { readonly timeoutMs?: Millis; readonly clock?: Clock } = {},
): ApiClient {
  const asking: Asking = { nc, timeoutMs: options.timeoutMs ?? 5_000, clock: options.clock ?? realClock };

  const askObject = async (verb: ApiVerb, key: StoreKey, body: object, subresource?: string): Promise<KubeObject> => {
    const resource = subresource === undefined ? key.resource : `${key.resource}/${subresource}`;
    const subject = apiSubject(verb, resource, key.namespace, key.name);
    return readObject(await ask(asking, subject, body), subject);
  };

  return {
    get: (key) => askObject('get', key, {}),
    list: (resource, selection) => listObjects(asking, resource, selection),
    create: async (resource, object, { namespace, dryRun } = {}) => {
      const subject = apiSubject('create', resource, namespace);
      return readObject(await ask(asking, subject, { object, dryRun }), subject);
    },
    update: (key, object, { dryRun } = {}) => askObject('update', key, { object, dryRun }),
    updateStatus: (key, object, { dryRun } = {}) => askObject('update', key, { object, dryRun }, 'status'),
    patch: (key, type, patch, { dryRun, subresource } = {}) =>
      askObject('patch', key, { type, patch, dryRun }, subresource),
    delete: (key, request = {}) => askObject('delete', key, request),
    bind: (key, uid, node) => {
      const { name, namespace } = key;
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { name: node } };
      return askObject('create', key, { object: binding }, 'binding');
    },
    evict: (key, { dryRun, ...deleteOptions } = {}) => {
      const { name, namespace } = key;
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions };
      return askObject('create', key, { object: eviction, dryRun }, 'eviction');
    },
    explainScheduling: (key, question) =>
      askObject(question.object === undefined ? 'get' : 'create', key, question, 'scheduling'),
    version: async () => {
      const { version, nats, name } = await ask(asking, versionSubject, {});
      if (typeof version !== 'string' || typeof nats !== 'string' || typeof name !== 'string') {
        throw new ApiError('protocol', `the answer to ${versionSubject} names no version`);
      }
      return { version, nats, name };
    },
    watch: (resource, watching) => watchObjects(asking, resource, watching),
  };
}

function readObject(answer: Record<string, unknown>, subject: string): KubeObject {
  const object = kubeObjectSchema.safeParse(answer);
  if (!object.success) throw new ApiError('protocol', `the answer to ${subject} is no object`);
  return object.data as KubeObject;
}
