/** Decides a change of a stored object: update, patch, status, binding. Each field keeps to who may write it. */

import { deepEqual, isRecord } from '../../common/lib/deep.ts';
import { toTimestamp } from '../../common/lib/time.ts';
import type { Kind } from '../../common/model/kind.ts';
import { qualifiedKind, resourceName } from '../../common/model/kinds.ts';
import type { KubeObject, ObjectMeta } from '../../common/model/meta.ts';
import { applyDefaults, parseStrict, parseTolerant, validateChange } from '../../common/model/parse.ts';
import { jsonMerge, strategicMerge } from '../../common/model/patch.ts';
import type { Pod } from '../../common/model/pod.ts';
import { forbiddenField } from '../../common/model/rules/cause.ts';
import { resizeChangeCauses } from '../../common/model/rules/resize.ts';
import { badRequest, conflict, invalid, type StatusCause } from '../../common/model/status.ts';
import { mismatch } from './admission.ts';
import { type Decision, refuse } from './decision.ts';
import { isFinished } from './deletion.ts';
import { frozenMirror } from './mirrors.ts';
import { isGated } from './pod-state.ts';
import { unmet } from './preconditions.ts';
import { withStoredToleration } from './pressure-toleration.ts';
import { withStoredPriority } from './priority.ts';

/** A part of an object that has writers and rules of its own. */
export type Subresource = 'status' | 'resize';

/** Replaces all but the status and what the master stamps. */
export function decideUpdate(kind: Kind, stored: KubeObject, input: unknown): Decision {
  if (!isRecord(input)) return refuse(badRequest('the body must be an object'));
  const metadata = isRecord(input['metadata']) ? input['metadata'] : {};
  const next = {
    ...input,
    metadata: metadata['namespace'] ? metadata : { ...metadata, namespace: stored.metadata.namespace },
  };
  return replace(kind, stored, keepNamespaceSpec(kind, stored, next));
}

/** Merges a patch into the object, or into its status. Its uid and resourceVersion, if any, are preconditions. */
export function decidePatch(
  kind: Kind,
  stored: KubeObject,
  type: 'merge' | 'strategic',
  patch: Readonly<Record<string, unknown>>,
  subresource?: Subresource,
): Decision {
  const merged = type === 'merge' ? jsonMerge(stored, patch) : strategicMerge(stored, patch);
  if (subresource === 'status') return decideStatus(kind, stored, merged);
  return subresource === 'resize' ? decideResize(kind, stored, merged) : replace(kind, stored, merged);
}

/** Replaces the resources of a pod's containers only. */
export function decideResize(kind: Kind, stored: KubeObject, input: unknown): Decision {
  return replace(kind, stored, input, (next) => resizeChangeCauses(next as Pod, applyDefaults(kind, stored) as Pod));
}

/** Replaces the status only. */
export function decideStatus(kind: Kind, stored: KubeObject, input: unknown): Decision {
  if (!isRecord(input)) return refuse(badRequest('the body must be an object'));
  const refused = precondition(kind, stored, input);
  if (refused !== undefined) return refused;
  const parsed = parseTolerant(kind, { ...stored, status: input['status'] });
  if (!parsed.ok) return refuse(invalid(qualifiedKind(kind), stored.metadata.name, parsed.causes));
  return changed(stored, { ...stored, status: parsed.object.status });
}

/** Binds a pod to a node, once for each uid, and says so in its conditions; 409 otherwise. */
export function decideBind(kind: Kind, stored: KubeObject, uid: string, node: string, now: number): Decision {
  const refused = unmet(kind, stored, { uid });
  if (refused !== undefined) return refuse(refused);
  const { name, deletionTimestamp } = stored.metadata;
  const pod = stored as Pod;
  if (deletionTimestamp !== undefined) {
    return refuse(conflict('pods/binding', name, `pod ${name} is being deleted, cannot be assigned to a host`));
  }
  if (pod.spec.nodeName) {
    const why = `pod ${name} is already assigned to node "${pod.spec.nodeName}"`;
    return refuse(conflict('pods/binding', name, why));
  }
  if (isGated(pod)) {
    return refuse(conflict('pods/binding', name, `pod ${name} has non-empty .spec.schedulingGates`));
  }
  const { nominatedNodeName: _promised, ...status } = pod.status ?? { phase: 'Pending' };
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: toTimestamp(now) };
  // Not parsed again: what is stored has been, and all that is new is made here.
  const object = {
    ...stored,
    spec: { ...pod.spec, nodeName: node },
    status: { ...status, conditions: [...others, scheduled] },
  };
  return { type: 'put', object };
}

/** Replaces all but the status, within what `causesOf` allows. */
function replace(
  kind: Kind,
  stored: KubeObject,
  input: unknown,
  causesOf = (next: KubeObject) => [...validateChange(kind, next, stored), ...frozenFields(kind, next, stored)],
): Decision {
  const refused = isRecord(input) ? (misnamed(stored, input) ?? precondition(kind, stored, input)) : undefined;
  if (refused !== undefined) return refused;
  const parsed = parseStrict(kind, input);
  if (!parsed.ok) return refuse(invalid(qualifiedKind(kind), stored.metadata.name, parsed.causes));
  const { status: _status, ...rest } = kind.kind === 'Pod' ? withStored(parsed.object, stored) : parsed.object;
  const next: KubeObject = {
    ...rest,
    metadata: keptMetadata(stored.metadata, parsed.object.metadata),
    ...(stored.status !== undefined && { status: stored.status }),
  };
  const causes = causesOf(next);
  if (causes.length > 0) return refuse(invalid(qualifiedKind(kind), stored.metadata.name, causes));
  return changed(stored, next);
}

/** What admission gave to a pod stays, unless the next version says another. */
function withStored(next: KubeObject, stored: KubeObject): KubeObject {
  return withStoredToleration(withStoredPriority(next, stored) as Pod, stored as Pod);
}

/** Counts a new generation when the spec differs; a deleted object that nothing keeps any more is removed. */
function changed(stored: KubeObject, next: KubeObject): Decision {
  if (deepEqual(stored, next)) return { type: 'keep', object: stored };
  const { generation } = stored.metadata;
  const respecified = generation !== undefined && !deepEqual(stored.spec, next.spec);
  const object = respecified ? { ...next, metadata: { ...next.metadata, generation: generation + 1 } } : next;
  return { type: isFinished(object) ? 'remove' : 'put', object };
}

function misnamed(stored: KubeObject, { metadata }: Readonly<Record<string, unknown>>): Decision | undefined {
  for (const field of ['name', 'namespace'] as const) {
    const own = isRecord(metadata) ? metadata[field] : undefined;
    const wanted = stored.metadata[field];
    if (typeof own === 'string' && own !== '' && own !== wanted) return refuse(mismatch(field, own, wanted ?? ''));
  }
  return undefined;
}

function precondition(
  kind: Kind,
  stored: KubeObject,
  { metadata }: Readonly<Record<string, unknown>>,
): Decision | undefined {
  const { uid, resourceVersion } = isRecord(metadata) ? metadata : {};
  const refused = unmet(kind, stored, {
    uid: typeof uid === 'string' ? uid : undefined,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
  });
  return refused && refuse(refused);
}

/** The caller's names and labels, the master's stamps. */
function keptMetadata(stored: ObjectMeta, given: ObjectMeta): ObjectMeta {
  const { deletionTimestamp: _at, deletionGracePeriodSeconds: _grace, generation: _generation, ...metadata } = given;
  const stamps = {
    namespace: stored.namespace,
    generateName: stored.generateName,
    uid: stored.uid,
    resourceVersion: stored.resourceVersion,
    generation: stored.generation,
    creationTimestamp: stored.creationTimestamp,
    deletionTimestamp: stored.deletionTimestamp,
    deletionGracePeriodSeconds: stored.deletionGracePeriodSeconds,
  };
  return { ...metadata, ...Object.fromEntries(Object.entries(stamps).filter(([, value]) => value !== undefined)) };
}

function frozenFields(kind: Kind, next: KubeObject, stored: KubeObject): StatusCause[] {
  const causes: StatusCause[] = kind.kind === 'Pod' ? [...frozenMirror(next, stored)] : [];
  if (stored.metadata.deletionTimestamp !== undefined) {
    const before = new Set(stored.metadata.finalizers);
    const added = (next.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
    if (added.length > 0) {
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${added.join(', ')}`;
      causes.push(forbiddenField('metadata.finalizers', why));
    }
  }
  if (kind.kind === 'Pod' && (next as Pod).spec.nodeName !== (stored as Pod).spec.nodeName) {
    causes.push(forbiddenField('spec.nodeName', `is set by binding only: create ${resourceName(kind)}/binding`));
  }
  return causes;
}

/** An update does not finalize a namespace: only a patch that names the field does, as Kubernetes' `finalize`. */
function keepNamespaceSpec(kind: Kind, stored: KubeObject, next: Record<string, unknown>): Record<string, unknown> {
  return kind.kind === 'Namespace' ? { ...next, spec: stored.spec } : next;
}
