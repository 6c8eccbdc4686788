/** The interfaces through which the master's actors reach the world, and that main fills. */

import type { KubeObject } from '../common/model/meta.ts';
import type { UsageSample } from '../common/model/usage-sample.ts';
import type { Revision, StoreKey } from '../common/store/store.ts';
import type { DeleteRequest } from '../common/wire/api-protocol.ts';
import type { Subresource } from './core/apply-write.ts';

/** A Kubernetes `Status` of a refusal, or what was asked for. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: KubeObject };

/**
 * The one way to write the cluster, for clients' requests and for the master's own controllers alike: parses,
 * defaults, admits, stamps, and stores with compare-and-set. Refusals are answers; only a bug or a store that can
 * not be reached (StoreError) rejects.
 */
export interface Objects {
  create(
    resource: string,
    object: unknown,
    options?: { readonly dryRun?: boolean; readonly namespace?: string },
  ): Promise<Answer<KubeObject>>;
  /** Replaces all but the status. A `metadata.resourceVersion` in the object must match, else 409. */
  update(key: StoreKey, object: unknown, options?: { readonly dryRun?: boolean }): Promise<Answer<KubeObject>>;
  /** Replaces cpu and memory of a pod's containers only. */
  resize(key: StoreKey, object: unknown, options?: { readonly dryRun?: boolean }): Promise<Answer<KubeObject>>;
  /** Replaces the status only. */
  updateStatus(key: StoreKey, object: unknown, options?: { readonly dryRun?: boolean }): Promise<Answer<KubeObject>>;
  /**
   * Replaces the status of the object of that uid by what `change` makes of it; `change` is asked anew when somebody
   * else wrote in between, and keeps the object with undefined. 404 when there is no such object.
   */
  changeStatus(
    key: StoreKey,
    uid: string | undefined,
    change: (stored: KubeObject) => unknown,
  ): Promise<Answer<KubeObject>>;
  patch(
    key: StoreKey,
    type: 'merge' | 'strategic',
    patch: Readonly<Record<string, unknown>>,
    options?: { readonly dryRun?: boolean; readonly subresource?: Subresource },
  ): Promise<Answer<KubeObject>>;
  /** Binds a pod to a node, once per uid: 409 when the pod is bound already or another pod. */
  bind(key: StoreKey, uid: string, node: string): Promise<Answer<KubeObject>>;
  /** Graceful deletion: answers with the object as it is afterwards (with deletionTimestamp) or as it last was. */
  delete(key: StoreKey, options: DeleteRequest): Promise<Answer<KubeObject>>;
}

/** The objects of the cluster in memory: what lists are answered from. */
export interface ListSource {
  /** Resolves when everything up to that revision is in; rejects when `signal` aborts first. */
  caughtUp(revision: Revision, signal: AbortSignal): Promise<void>;
  get(key: StoreKey): KubeObject | undefined;
  /** All objects of a resource, or those in one namespace, as of `revision`. */
  list(resource: string, namespace?: string): { readonly objects: readonly KubeObject[]; readonly revision: Revision };
}

/** What devices use now. */
export interface DeviceUsage {
  /** The newest sample of each of these nodes that answers in time; the others are left out. */
  samples(nodes: readonly string[], detail: 'brief' | 'full'): Promise<ReadonlyMap<string, UsageSample>>;
}

/** One request to the API as the wire brought it: the tokens of its subject, and a body that nobody has looked at. */
export type ApiCall = {
  readonly verb: string;
  /** The plural, and `/` with a subresource. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly body: Uint8Array;
  /** Sends one answer, or one part of it, as JSON text. */
  answer(json: string): void;
};

/** The wire's side of the API. */
export interface ApiListener {
  /** Gives every request to `serve` until the returned function has resolved. */
  listen(serve: (call: ApiCall) => void): Promise<() => Promise<void>>;
}

/** Which of several masters works. */
export interface LeaderLock {
  /**
   * Resolves when this process holds the lock; `lost` resolves when it no longer does, before anybody else can hold
   * it. Rejects when `signal` aborts first. May be called again after a loss.
   */
  acquire(signal: AbortSignal): Promise<{ readonly lost: Promise<void> }>;
  /** Gives the lock up, if it is held. */
  release(): Promise<void>;
}
