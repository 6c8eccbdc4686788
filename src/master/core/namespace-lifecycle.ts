/**
 * Empties a namespace that is being deleted, then lets it go. The key is a namespace; one that is already gone is
 * emptied too, because a creation that was admitted before its deletion may have been stored after it.
 */

import { isRecord } from '../../common/lib/deep.ts';
import { namespaceFinalizer } from './admission.ts';
import type { Changed, Controller, Key, Outcome, View, Write } from './reconcile.ts';

/** The controller of namespaces that end. */
export const namespaceLifecycle: Controller = { name: 'namespace-controller', touched, reconcile };

const resource = 'namespaces';

function touched({ key }: Changed, view: View): readonly Key[] {
  const name = key.resource === resource ? key.name : key.namespace;
  if (name === undefined) return [];
  const namespace = { resource, name };
  return isLeaving(view, namespace) ? [namespace] : [];
}

function reconcile(view: View, key: Key): Outcome {
  if (!isLeaving(view, key)) return { writes: [] };
  const content = view.inNamespace(key.name);
  const writes = content
    .filter(({ object }) => object.metadata.deletionTimestamp === undefined)
    .map((entry): Write => ({ type: 'delete', key: entry.key, uid: entry.object.metadata.uid ?? '' }));
  const namespace = view.get(key);
  // Its going wakes this key again: it is touched by every change in the namespace.
  if (content.length > 0 || namespace === undefined) return { writes };
  const finalizers = finalizersOf(namespace.spec);
  if (!finalizers.includes(namespaceFinalizer)) return { writes };
  const { uid, resourceVersion } = namespace.metadata;
  const patch = {
    metadata: { uid, ...(resourceVersion !== undefined && { resourceVersion }) },
    spec: { finalizers: finalizers.filter((name) => name !== namespaceFinalizer) },
  };
  return { writes: [{ type: 'patch', key, patch }] };
}

function isLeaving(view: View, key: Key): boolean {
  const namespace = view.get(key);
  return namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
}

function finalizersOf(spec: unknown): readonly unknown[] {
  const finalizers = isRecord(spec) ? spec['finalizers'] : undefined;
  return Array.isArray(finalizers) ? finalizers : [];
}
