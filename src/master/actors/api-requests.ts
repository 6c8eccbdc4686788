/** What each verb on each resource does: a call in, an answer out. Refusals are Status objects. */

import * as z from 'zod';
import { isRecord } from '../../common/lib/deep.ts';
import type { Kind } from '../../common/model/kind.ts';
import { kindOf, resourceName } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { notDns1123Label } from '../../common/model/names.ts';
import { schedulingRequest } from '../../common/model/scheduling-explanation.ts';
import { badRequest, methodNotAllowed, notFound, type Status } from '../../common/model/status.ts';
import type { StoreKey } from '../../common/store/store.ts';
import {
  deleteRequest,
  getRequest,
  type ListRequest,
  listRequest,
  patchRequest,
  writeRequest,
} from '../../common/wire/api-protocol.ts';
import type { Subresource } from '../core/apply-write.ts';
import { forbiddenMirror } from '../core/mirrors.ts';
import { parseSelection, type Selection } from '../core/selection.ts';
import { unknownResource } from '../objects.ts';
import type { Answer, ApiCall, Objects } from '../ports.ts';
import { readBody } from './api-body.ts';
import { type BindDependencies, bindPod } from './bind-pod.ts';
import { type EvictionDependencies, eviction, evictPod } from './evict-pod.ts';
import { type ExplainDependencies, explainPod } from './explain-pod.ts';

export type Outcome =
  | { readonly type: 'object'; readonly object: KubeObject }
  | { readonly type: 'refused'; readonly status: Status | KubeObject }
  /** Objects that are not stored. */
  | { readonly type: 'items'; readonly kind: Kind; readonly items: readonly KubeObject[] }
  | { readonly type: 'list'; readonly kind: Kind; readonly selects: (object: KubeObject) => boolean };

type Perform = (call: ApiCall, key: StoreKey, kind: Kind) => Promise<Outcome>;

export type RequestDependencies = EvictionDependencies &
  ExplainDependencies &
  BindDependencies & { readonly objects: Objects };

const binding = z.looseObject({
  metadata: z.looseObject({ uid: z.string().optional() }).optional(),
  target: z.looseObject({ name: z.string().min(1) }),
});

/** Performs calls; throws StoreError when the store cannot be reached. */
export function createRequests(dependencies: RequestDependencies): (call: ApiCall) => Promise<Outcome> {
  const { objects, store } = dependencies;
  const get: Perform = async ({ body }, key, kind) => {
    const request = readBody(body, getRequest);
    if (!request.ok) return refused(request.status);
    const entry = await store.get(key);
    if (entry === undefined) return refused(notFound(resourceName(kind), key.name));
    return { type: 'object', object: entry.object };
  };
  const write =
    (perform: 'update' | 'updateStatus' | 'resize'): Perform =>
    async ({ body }, key) => {
      const request = readBody(body, writeRequest);
      if (!request.ok) return refused(request.status);
      return outcomeOf(await objects[perform](key, request.value.object, { dryRun: request.value.dryRun ?? false }));
    };
  const patch =
    (subresource?: Subresource): Perform =>
    async ({ body }, key) => {
      const request = readBody(body, patchRequest);
      if (!request.ok) return refused(request.status);
      const { type, patch: merged, dryRun = false } = request.value;
      return outcomeOf(await objects.patch(key, type, merged, { dryRun, ...(subresource && { subresource }) }));
    };
  const remove: Perform = async ({ body }, key) => {
    const request = readBody(body, deleteRequest);
    return request.ok ? outcomeOf(await objects.delete(key, request.value)) : refused(request.status);
  };
  const bind: Perform = async ({ body }, key) => {
    const request = readBody(body, writeRequest.extend({ object: binding }));
    if (!request.ok) return refused(request.status);
    const { metadata, target } = request.value.object;
    return outcomeOf(await bindPod(dependencies, key, metadata?.uid, target.name));
  };

  const evict: Perform = async ({ body }, key) => {
    const request = readBody(body, writeRequest.extend({ object: eviction }));
    if (!request.ok) return refused(request.status);
    const { object, dryRun = false } = request.value;
    return outcomeOf(await evictPod(dependencies, key, object, dryRun));
  };
  const schedulingOf =
    (dryRun: boolean): Perform =>
    async ({ body }, key) => {
      const request = readBody(body, schedulingRequest);
      return request.ok
        ? outcomeOf(await explainPod(dependencies, key, request.value, dryRun))
        : refused(request.status);
    };

  /** By subresource, then verb: what is about one named object. */
  const named: Readonly<Record<string, Readonly<Record<string, Perform>>>> = {
    '': { get, update: write('update'), patch: patch(), delete: remove },
    status: { get, update: write('updateStatus'), patch: patch('status') },
    resize: { get, update: write('resize'), patch: patch('resize') },
    binding: { create: bind },
    eviction: { create: evict },
    scheduling: { get: schedulingOf(false), create: schedulingOf(true) },
  };

  return async (call) => {
    const [resource = '', subresource = ''] = call.resource.split('/');
    const kind = kindOf(resource);
    const verbs = Object.hasOwn(named, subresource) ? named[subresource] : undefined;
    if (kind === undefined || verbs === undefined || !offers(kind, subresource)) {
      return refused(unknownResource(call.resource));
    }
    const misplaced = placeOf(kind, call);
    if (misplaced !== undefined) return refused(misplaced);
    if (subresource === '' && call.verb === 'create') return create(objects, call, kind);
    if (subresource === '' && call.verb === 'list') return list(call, kind);
    const perform = Object.hasOwn(verbs, call.verb) ? verbs[call.verb] : undefined;
    if (perform === undefined) return refused(methodNotAllowed(call.resource, call.verb));
    const key = keyOf(kind, call);
    return 'code' in key ? refused(key) : perform(call, key, kind);
  };
}

async function create(objects: Objects, { body, namespace, name }: ApiCall, kind: Kind): Promise<Outcome> {
  const request = readBody(body, writeRequest);
  if (!request.ok) return refused(request.status);
  const { object, dryRun = false } = request.value;
  if (
    name !== undefined &&
    !(isRecord(object) && isRecord(object['metadata']) && object['metadata']['name'] === name)
  ) {
    return refused(badRequest(`metadata.name: must be "${name}", as the request says`));
  }
  const mirror = kind.kind === 'Pod' && isRecord(object) ? forbiddenMirror(object) : undefined;
  if (mirror !== undefined) return refused(mirror);
  return outcomeOf(
    await objects.create(kind.plural, object, { dryRun, ...(namespace !== undefined && { namespace }) }),
  );
}

function list({ body, namespace }: ApiCall, kind: Kind): Outcome {
  const request = readBody<ListRequest>(body, listRequest);
  if (!request.ok) return refused(request.status);
  const selection: Selection = parseSelection(kind, request.value);
  if (!selection.ok) return refused(selection.status);
  const inNamespace = (object: KubeObject) => namespace === undefined || object.metadata.namespace === namespace;
  return { type: 'list', kind, selects: (object) => inNamespace(object) && selection.selects(object) };
}

/** The key that a call about one object names; a 400 when a part of it is missing. */
function keyOf(kind: Kind, { verb, namespace, name }: ApiCall): StoreKey | Status {
  if (name === undefined) return badRequest(`${verb} of ${kind.plural} needs a name`);
  if (!kind.namespaced) return { resource: kind.plural, name };
  if (namespace === undefined) return badRequest(`${verb} of ${kind.plural} needs a namespace`);
  return { resource: kind.plural, namespace, name };
}

function offers(kind: Kind, subresource: string): boolean {
  if (subresource === 'status') return kind.hasStatus;
  return subresource === '' || kind.kind === 'Pod';
}

/** Names and namespaces become keys of the store: what is no name cannot be one. */
function placeOf(kind: Kind, { namespace, name }: ApiCall): Status | undefined {
  if (namespace !== undefined && !kind.namespaced) return badRequest(`${kind.plural} are not in namespaces`);
  const wrongNamespace = namespace === undefined ? undefined : notDns1123Label(namespace);
  if (wrongNamespace !== undefined) return badRequest(`namespace ${JSON.stringify(namespace)}: ${wrongNamespace}`);
  const wrongName = name === undefined ? undefined : kind.notName(name);
  return wrongName === undefined ? undefined : badRequest(`name ${JSON.stringify(name)}: ${wrongName}`);
}

const refused = (status: Status | KubeObject): Outcome => ({ type: 'refused', status });

function outcomeOf(answer: Answer<KubeObject>): Outcome {
  return answer.ok ? { type: 'object', object: answer.value } : refused(answer.status);
}
