/** Decides a creation: the name, the namespace, and what the master stamps on every new object. */

import { isRecord } from '../../common/lib/deep.ts';
import { toTimestamp } from '../../common/lib/time.ts';
import type { Kind } from '../../common/model/kind.ts';
import { qualifiedKind, resourceName } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { parseStrict } from '../../common/model/parse.ts';
import type { Pod } from '../../common/model/pod.ts';
import { qosOf } from '../../common/model/qos.ts';
import { badRequest, forbidden, invalid, notFound, type Status } from '../../common/model/status.ts';
import { type Decision, refuse } from './decision.ts';
import { isGated } from './pod-state.ts';
import { withPressureToleration } from './pressure-toleration.ts';

/** Kubernetes cuts a generated name's prefix so that the whole is a valid label of a pod. */
const longestPrefix = 58;
/** Keeps a namespace until its content is gone (namespace-lifecycle.ts). */
export const namespaceFinalizer = 'kubernetes';

const gatedCondition = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
} as const;

export type Stamps = {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly uid: string;
  /** Completes a `generateName`. */
  readonly suffix: string;
};

/**
 * The namespace that a new object belongs to: the request's, which the object's own must equal. Undefined for
 * cluster-wide kinds. A refusal is a 400.
 */
export function namespaceOf(
  kind: Kind,
  input: unknown,
  requested: string | undefined,
): { readonly namespace?: string } | Status {
  const metadata = isRecord(input) ? input['metadata'] : undefined;
  const own = isRecord(metadata) ? metadata['namespace'] : undefined;
  if (own !== undefined && typeof own !== 'string') return badRequest('metadata.namespace: must be a string');
  if (!kind.namespaced) {
    if (requested === undefined && !own) return {};
    return badRequest(`metadata.namespace: ${kind.plural} are not in namespaces`);
  }
  if (requested && own && requested !== own) return mismatch('namespace', own, requested);
  const namespace = requested || own;
  return namespace ? { namespace } : badRequest(`metadata.namespace: required for ${kind.plural}`);
}

/** The 400 for a body that is about another object than the request. */
export function mismatch(field: 'name' | 'namespace', own: string, requested: string): Status {
  return badRequest(
    `the ${field} of the provided object does not match the ${field} sent on the request: found "${own}", the request says "${requested}"`,
    [{ field: `metadata.${field}`, reason: 'FieldValueInvalid', message: `must be "${requested}"` }],
  );
}

/** Why nothing can be created in a namespace: it is not there (404) or on its way out (403). */
export function closedNamespace(
  kind: Kind,
  name: string,
  namespace: string,
  stored: KubeObject | undefined,
): Status | undefined {
  if (stored === undefined) return notFound('namespaces', namespace);
  if (stored.metadata.deletionTimestamp === undefined) return undefined;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return forbidden(resourceName(kind), name, why);
}

/** The new object as it is stored: parsed, with all defaults and stamps; 422 with every cause otherwise. */
export function decideCreate(kind: Kind, input: unknown, namespace: string | undefined, stamps: Stamps): Decision {
  const named =
    isRecord(input) && isRecord(input['metadata']) ? withName(input, input['metadata'], stamps.suffix) : input;
  const parsed = parseStrict(kind, named);
  if (!parsed.ok) return refuse(invalid(qualifiedKind(kind), nameIn(named), parsed.causes));
  const { object } = parsed;
  const {
    resourceVersion,
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...metadata
  } = object.metadata;
  if (resourceVersion) {
    return refuse(badRequest('metadata.resourceVersion: resourceVersion should not be set on objects to be created'));
  }
  return {
    type: 'put',
    object: initial(kind, {
      ...object,
      metadata: {
        ...metadata,
        ...(namespace !== undefined && { namespace }),
        uid: stamps.uid,
        creationTimestamp: toTimestamp(stamps.now),
        ...(object.spec !== undefined && { generation: 1 }),
      },
    }),
  };
}

/** Name in a body that may be no object, for messages. */
export function nameIn(input: unknown): string {
  const metadata = isRecord(input) ? input['metadata'] : undefined;
  const name = isRecord(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}

function withName(
  input: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, unknown>>,
  suffix: string,
) {
  const { name, generateName } = metadata;
  if (name || typeof generateName !== 'string' || generateName === '') return input;
  return { ...input, metadata: { ...metadata, name: generateName.slice(0, longestPrefix) + suffix } };
}

/** The state that an object begins in. */
function initial(kind: Kind, object: KubeObject): KubeObject {
  if (kind.kind === 'Pod') {
    const pod = withPressureToleration(object as Pod);
    const conditions = isGated(pod) ? { conditions: [gatedCondition] } : {};
    return { ...pod, status: { phase: 'Pending', qosClass: qosOf(pod), ...conditions } };
  }
  if (kind.kind === 'Namespace') {
    return { ...object, spec: { finalizers: [namespaceFinalizer] }, status: { phase: 'Active' } };
  }
  return object;
}
