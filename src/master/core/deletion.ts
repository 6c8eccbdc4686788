/**
 * Decides a deletion. An object goes at once unless something keeps it: a finalizer, or, for a pod that is on a node,
 * the time that its containers get to end. Until then it is stored with a deletionTimestamp, which never goes away.
 */

import { isRecord } from '../../common/lib/deep.ts';
import { fromTimestamp, toTimestamp } from '../../common/lib/time.ts';
import type { Kind } from '../../common/model/kind.ts';
import { resourceName } from '../../common/model/kinds.ts';
import type { KubeObject, ObjectMeta } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import { mirrorOf } from '../../common/model/static-pods.ts';
import { forbidden } from '../../common/model/status.ts';
import { type Decision, refuse } from './decision.ts';
import { type Preconditions, unmet } from './preconditions.ts';

/** Kept until all dependents that block their owner's deletion are gone; the garbage collector removes it. */
export const foregroundFinalizer = 'foregroundDeletion';
/** Kept until the dependents no longer name this owner; the garbage collector removes it. */
export const orphanFinalizer = 'orphan';
/** Namespaces that every cluster has. */
export const immortalNamespaces = ['default', 'bramble-system'] as const;

export type Deletion = {
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly preconditions?: Preconditions | undefined;
};

/** `now` in milliseconds since 1970. */
export function decideDelete(kind: Kind, stored: KubeObject, request: Deletion, now: number): Decision {
  const { name } = stored.metadata;
  const refused = unmet(kind, stored, request.preconditions ?? {});
  if (refused !== undefined) return refuse(refused);
  if (kind.kind === 'Namespace' && immortalNamespaces.some((known) => known === name)) {
    return refuse(forbidden(resourceName(kind), name, 'this namespace may not be deleted'));
  }
  const grace = graceOf(kind, stored, request.gracePeriodSeconds);
  const finalizers = finalizersFor(stored.metadata, request.propagationPolicy);
  const { deletionTimestamp } = stored.metadata;
  const times =
    deletionTimestamp === undefined
      ? begin(stored.metadata, grace, now)
      : shorten(stored.metadata, deletionTimestamp, request.gracePeriodSeconds === undefined ? undefined : grace, now);
  if (times === undefined && finalizers === stored.metadata.finalizers && !isFinished(stored)) {
    return { type: 'keep', object: stored };
  }
  const { finalizers: _finalizers, ...metadata } = stored.metadata;
  const object: KubeObject = {
    ...stored,
    metadata: { ...metadata, ...times, ...(finalizers && finalizers.length > 0 && { finalizers: [...finalizers] }) },
    ...(kind.kind === 'Namespace' && {
      status: { ...(isRecord(stored.status) && stored.status), phase: 'Terminating' },
    }),
  };
  return { type: isFinished(object) ? 'remove' : 'put', object };
}

/** Whether a deleted object is kept by nothing any more: no finalizer and no time to end. */
export function isFinished({ metadata, spec, kind }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined || (metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  const ofSpec = kind === 'Namespace' && isRecord(spec) ? spec['finalizers'] : undefined;
  return (metadata.finalizers ?? []).length === 0 && !(Array.isArray(ofSpec) && ofSpec.length > 0);
}

/** Seconds that an object gets to end: only a pod with containers on a node gets any; those of a mirror do not end with it. */
function graceOf(kind: Kind, stored: KubeObject, requested: number | undefined): number {
  if (kind.kind !== 'Pod' || mirrorOf(stored) !== undefined) return 0;
  const { spec, status } = stored as Pod;
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return !spec.nodeName || ended ? 0 : (requested ?? spec.terminationGracePeriodSeconds);
}

/** The finalizers, the same array when they stay as they are. */
function finalizersFor(metadata: ObjectMeta, policy: Deletion['propagationPolicy']): readonly string[] | undefined {
  const { finalizers } = metadata;
  // A later request without a policy does not undo the first one's.
  if (policy === undefined) return finalizers;
  const wanted = { Foreground: foregroundFinalizer, Orphan: orphanFinalizer, Background: undefined }[policy];
  const others = (finalizers ?? []).filter((name) => name !== foregroundFinalizer && name !== orphanFinalizer);
  const next = wanted === undefined ? others : [...others, wanted];
  const same = next.length === (finalizers ?? []).length && next.every((name) => finalizers?.includes(name));
  return same ? finalizers : next;
}

type Times = Pick<ObjectMeta, 'deletionTimestamp' | 'deletionGracePeriodSeconds' | 'generation'>;

function begin({ generation }: ObjectMeta, grace: number, now: number): Times {
  return {
    deletionTimestamp: toTimestamp(now + grace * 1000),
    deletionGracePeriodSeconds: grace,
    // As in Kubernetes: that it shall go is a change of what is wanted.
    ...(generation !== undefined && { generation: generation + 1 }),
  };
}

/** A second deletion can only shorten the time that is left. */
function shorten(metadata: ObjectMeta, at: string, grace: number | undefined, now: number): Times | undefined {
  const before = metadata.deletionGracePeriodSeconds ?? 0;
  if (grace === undefined || grace >= before) return undefined;
  const begun = (fromTimestamp(at) ?? now) - before * 1000;
  return {
    deletionTimestamp: toTimestamp(Math.max(begun + grace * 1000, grace === 0 ? 0 : now)),
    deletionGracePeriodSeconds: grace,
  };
}
