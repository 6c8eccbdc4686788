/** Which objects a list shows: label and field selectors in their text form, checked against what a kind offers. */

import { matchesFields, matchesSelector, parseFieldSelector, parseLabelSelector } from '../../common/lib/labels.ts';
import type { Kind } from '../../common/model/kind.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { badRequest, type Status } from '../../common/model/status.ts';

/** As in Kubernetes; every kind has metadata.name and, in namespaces, metadata.namespace. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  Node: ['spec.unschedulable'],
  Namespace: ['status.phase'],
  ReplicaSet: ['status.replicas'],
  Secret: ['type'],
  Event: [
    'involvedObject.apiVersion',
    'involvedObject.fieldPath',
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.resourceVersion',
    'involvedObject.uid',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};

export type Selection =
  | { readonly ok: true; readonly selects: (object: KubeObject) => boolean }
  | { readonly ok: false; readonly status: Status };

/** A 400 for a selector that is none, or that asks for a field that cannot be selected by. */
export function parseSelection(
  kind: Kind,
  request: { readonly labelSelector?: string | undefined; readonly fieldSelector?: string | undefined },
): Selection {
  const labels = parseLabelSelector(request.labelSelector ?? '');
  if (!labels.ok) return { ok: false, status: badRequest(`labelSelector: ${labels.message}`) };
  const fields = parseFieldSelector(request.fieldSelector ?? '');
  if (!fields.ok) return { ok: false, status: badRequest(`fieldSelector: ${fields.message}`) };
  const known = [
    'metadata.name',
    ...(kind.namespaced ? ['metadata.namespace'] : []),
    ...(Object.hasOwn(selectable, kind.kind) ? (selectable[kind.kind] ?? []) : []),
  ];
  for (const { path } of fields.selector) {
    const field = path.join('.');
    if (!known.includes(field)) {
      const message = `fieldSelector: field label not supported: ${field}; ${kind.plural} have ${known.join(', ')}`;
      return { ok: false, status: badRequest(message) };
    }
  }
  return {
    ok: true,
    selects: (object) =>
      matchesSelector(labels.selector, object.metadata.labels) && matchesFields(fields.selector, object),
  };
}
