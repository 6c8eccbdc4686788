/** The one way to write the cluster: decisions of the core, carried out on the store with compare-and-set. */

import type { Clock } from '../common/actor/types.ts';
import { isRecord } from '../common/lib/deep.ts';
import type { Kind } from '../common/model/kind.ts';
import { kindOf, nearestResource, resourceName } from '../common/model/kinds.ts';
import type { KubeObject } from '../common/model/meta.ts';
import type { Pod } from '../common/model/pod.ts';
import type { PriorityClass } from '../common/model/priority-class.ts';
import { systemPriorityClasses } from '../common/model/rules/priority-class.ts';
import { alreadyExists, conflict, notFound, type Status, tooLarge } from '../common/model/status.ts';
import { type Revision, type Store, StoreError, type StoreErrorCode, type StoreKey } from '../common/store/store.ts';
import { storedSize } from '../common/store/stored-value.ts';
import { closedNamespace, decideCreate, nameIn, namespaceOf } from './core/admission.ts';
import { decideBind, decidePatch, decideResize, decideStatus, decideUpdate } from './core/apply-write.ts';
import type { Decision } from './core/decision.ts';
import { decideDelete, immortalNamespaces } from './core/deletion.ts';
import { defaultClass, secondDefault, withPriority } from './core/priority.ts';
import type { Answer, Objects } from './ports.ts';

/** How often a write is decided anew because somebody else was faster. */
const attempts = 16;

export type ObjectsDependencies = {
  readonly store: Store;
  readonly clock: Pick<Clock, 'wall'>;
  /** A fresh UID, never used before. */
  readonly newUid: () => string;
  /** A fresh suffix for a `generateName`. */
  readonly newSuffix: () => string;
  /** What is known of a resource that decisions about others need; it may be a moment old. Default: nothing. */
  readonly listed?: (resource: string) => readonly KubeObject[];
  /** What is known of an object; it may be a moment old, as the store compares what is written because of it. Default: nothing. */
  readonly held?: (key: StoreKey) => KubeObject | undefined;
};

/** See `Objects`. Every revision that it has written is given to `onWritten`, if any, before the answer. */
export function createObjects(
  { store, clock, newUid, newSuffix, listed = () => [], held = () => undefined }: ObjectsDependencies,
  onWritten: (revision: Revision) => void = () => undefined,
): Objects {
  /** The refusal of what the store would not take. */
  const overweight = (object: KubeObject): Answer<never> | undefined => {
    const size = storedSize(object);
    return size > store.maxBytes ? refused(tooLarge(size, store.maxBytes)) : undefined;
  };

  /** Undefined: the store has refused for that reason. */
  const written = async (
    object: KubeObject,
    code: StoreErrorCode,
    write: () => Promise<Revision>,
  ): Promise<Answer<KubeObject> | undefined> => {
    try {
      const revision = await write();
      onWritten(revision);
      return { ok: true, value: versioned(object, revision) };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === code) return undefined;
      const heavy = error.code === 'too-large' ? overweight(object) : undefined;
      if (heavy === undefined) throw error;
      return heavy;
    }
  };

  /** Undefined: the key is no longer at that revision. */
  const carryOut = async (
    key: StoreKey,
    expected: Revision,
    decision: Decision,
    dryRun: boolean,
  ): Promise<Answer<KubeObject> | undefined> => {
    if (decision.type === 'refuse') return refused(decision.status);
    if (decision.type === 'keep') return { ok: true, value: decision.object };
    const { type, object } = decision;
    if (dryRun) return (type === 'put' ? overweight(object) : undefined) ?? { ok: true, value: object };
    return written(object, 'conflict', () =>
      type === 'put' ? store.update(key, object, expected) : store.delete(key, expected),
    );
  };

  const singleDefault = (decision: Decision): Decision => {
    if (decision.type !== 'put' || decision.object.kind !== 'PriorityClass') return decision;
    const second = secondDefault(decision.object, listed('priorityclasses'));
    return second === undefined ? decision : { type: 'refuse', status: second };
  };

  /** Decides on what is stored and writes it, again when it has changed in between. */
  const change = async (
    key: StoreKey,
    dryRun: boolean | undefined,
    decide: (kind: Kind, stored: KubeObject) => Decision,
  ): Promise<Answer<KubeObject>> => {
    const kind = kindOf(key.resource);
    if (kind === undefined) return refused(unknownResource(key.resource));
    const known = held(key);
    const guess = known === undefined ? undefined : singleDefault(decide(kind, known));
    // Only a write is compared by the store: anything else must be said of what is there now.
    if (known !== undefined && dryRun !== true && (guess?.type === 'put' || guess?.type === 'remove')) {
      const answer = await carryOut(key, Number(known.metadata.resourceVersion), guess, false);
      if (answer !== undefined) return answer;
    }
    for (let attempt = 0; attempt < attempts; attempt++) {
      const entry = await store.get(key);
      if (entry === undefined) return refused(notFound(resourceName(kind), key.name));
      const answer = await carryOut(key, entry.revision, singleDefault(decide(kind, entry.object)), dryRun ?? false);
      if (answer !== undefined) return answer;
    }
    const why = `the object changed ${attempts} times while this was tried; please try again`;
    return refused(conflict(resourceName(kind), key.name, why));
  };

  const put = async (kind: Kind, object: KubeObject, dryRun: boolean): Promise<Answer<KubeObject>> => {
    const { name, namespace } = object.metadata;
    const key = { resource: kind.plural, name, ...(namespace !== undefined && { namespace }) };
    const exists = refused(alreadyExists(resourceName(kind), name));
    if (!dryRun) return (await written(object, 'exists', () => store.create(key, object))) ?? exists;
    const heavy = overweight(object);
    if (heavy !== undefined) return heavy;
    return (await store.get(key)) === undefined ? { ok: true, value: object } : exists;
  };

  /** Why nothing new can be made in a namespace. One that is known to be open is open; a refusal is only made of what is there now. */
  const closedBy = async (kind: Kind, name: string, namespace: string): Promise<Status | undefined> => {
    const place = { resource: 'namespaces', name: namespace };
    if (closedNamespace(kind, name, namespace, held(place)) === undefined) return undefined;
    return closedNamespace(kind, name, namespace, (await store.get(place))?.object);
  };

  /** What other objects have to say about a new one. */
  const admitted = async (decision: Decision): Promise<Decision> => {
    if (decision.type !== 'put' || decision.object.kind !== 'Pod') return singleDefault(decision);
    const pod = decision.object as Pod;
    const { priorityClassName: name } = pod.spec;
    const named = name
      ? (await store.get({ resource: 'priorityclasses', name }))?.object
      : defaultClass(listed('priorityclasses'));
    const ranked = withPriority(pod, named as PriorityClass | undefined);
    return 'code' in ranked ? { type: 'refuse', status: ranked } : { type: 'put', object: ranked };
  };

  return {
    async create(resource, input, options = {}) {
      const kind = kindOf(resource);
      if (kind === undefined) return refused(unknownResource(resource));
      const place = namespaceOf(kind, input, options.namespace);
      if ('code' in place) return refused(place);
      const { namespace } = place;
      if (namespace !== undefined) {
        const closed = await closedBy(kind, nameIn(input), namespace);
        if (closed !== undefined) return refused(closed);
      }
      let answer: Answer<KubeObject>;
      let tries = nameIn(input) === '' && isRecord(input) ? attempts : 1;
      do {
        const stamps = { now: clock.wall(), uid: newUid(), suffix: newSuffix() };
        const decision = await admitted(decideCreate(kind, input, namespace, stamps));
        if (decision.type === 'refuse') return refused(decision.status);
        answer = await put(kind, decision.object, options.dryRun ?? false);
        // Only a generated name gets another chance: its suffix was taken.
      } while (!answer.ok && answer.status['reason'] === 'AlreadyExists' && --tries > 0);
      return answer;
    },
    update: (key, object, { dryRun } = {}) => change(key, dryRun, (kind, stored) => decideUpdate(kind, stored, object)),
    resize: async (key, object, { dryRun } = {}) =>
      withResize(key) ?? change(key, dryRun, (kind, stored) => decideResize(kind, stored, object)),
    updateStatus: async (key, object, { dryRun } = {}) =>
      withStatus(key) ?? change(key, dryRun, (kind, stored) => decideStatus(kind, stored, object)),
    changeStatus: async (key, uid, changeOf) =>
      withStatus(key) ??
      change(key, false, (kind, stored) => {
        if (uid !== undefined && stored.metadata.uid !== uid) {
          return { type: 'refuse', status: notFound(resourceName(kind), key.name) };
        }
        const status = changeOf(stored);
        return status === undefined ? { type: 'keep', object: stored } : decideStatus(kind, stored, { status });
      }),
    patch: async (key, type, patch, { dryRun, subresource } = {}) =>
      (subresource === 'status' ? withStatus(key) : subresource === 'resize' ? withResize(key) : undefined) ??
      change(key, dryRun, (kind, stored) => decidePatch(kind, stored, type, patch, subresource)),
    bind: async (key, uid, node) =>
      key.resource === 'pods'
        ? change(key, false, (kind, stored) => decideBind(kind, stored, uid, node, clock.wall()))
        : refused(unknownResource(`${key.resource}/binding`)),
    delete: (key, request) =>
      change(key, request.dryRun, (kind, stored) => decideDelete(kind, stored, request, clock.wall())),
  };
}

/** Makes sure that the objects are there that every cluster has. Rejects with an Error when one is refused. */
export async function bootstrap(objects: Objects): Promise<void> {
  const namespaces = immortalNamespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  const wanted = [
    ...namespaces.map((object) => ({ resource: 'namespaces', object })),
    ...systemPriorityClasses.map((object) => ({ resource: 'priorityclasses', object })),
  ];
  for (const { resource, object } of wanted) {
    const answer = await objects.create(resource, object);
    if (!answer.ok && answer.status['reason'] !== 'AlreadyExists') {
      throw new Error(`cannot create ${resource}/${object.metadata.name}: ${String(answer.status['message'])}`);
    }
  }
}

/** The 404 for a resource that is not in the table of kinds, with what may have been meant. */
export function unknownResource(resource: string): Status {
  const status = notFound(resource, '');
  const near = nearestResource(resource);
  const hint = near === undefined || near === resource ? '' : `; did you mean "${near}"?`;
  return { ...status, message: `the server could not find the requested resource "${resource}"${hint}` };
}

/** The refusal for a kind that has no status to write. */
function withStatus(key: StoreKey): Answer<KubeObject> | undefined {
  const kind = kindOf(key.resource);
  return kind !== undefined && !kind.hasStatus ? refused(unknownResource(`${key.resource}/status`)) : undefined;
}

/** The refusal for a kind that cannot be resized. */
function withResize({ resource }: StoreKey): Answer<KubeObject> | undefined {
  return resource === 'pods' ? undefined : refused(unknownResource(`${resource}/resize`));
}

function refused(status: Status): Answer<never> {
  return { ok: false, status: status as unknown as KubeObject };
}

function versioned(object: KubeObject, revision: Revision): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
