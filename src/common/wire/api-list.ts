/** Asks for a list and puts its parts together, all of them or none. */

import type { KubeObject } from '../model/meta.ts';
import { ApiError } from './api-errors.ts';
import { listPart } from './api-protocol.ts';
import { type Asking, askMany } from './api-request.ts';
import { apiSubject } from './subjects.ts';

/** What to list; selectors in their text form. Without a namespace: all. */
export type Selection = {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

/** A Kubernetes `<Kind>List`, true for `metadata.resourceVersion`. */
export type ObjectList = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[];
};

/** Throws StatusError (refused) or ApiError (`protocol` when parts are missing or do not fit together). */
export async function listObjects(to: Asking, resource: string, selection: Selection = {}): Promise<ObjectList> {
  const { namespace, labelSelector, fieldSelector } = selection;
  const subject = apiSubject('list', resource, namespace);
  const items: KubeObject[] = [];
  let total: number | undefined;
  let revision: string | undefined;
  for await (const answer of askMany(to, subject, { labelSelector, fieldSelector })) {
    const parsed = listPart.safeParse(answer);
    if (!parsed.success) throw new ApiError('protocol', `the answer to ${subject} is no list`);
    const { kind, apiVersion, metadata } = parsed.data;
    for (const item of parsed.data.items) items.push(item as KubeObject);
    total ??= items.length + metadata.remainingItemCount;
    revision ??= metadata.resourceVersion;
    if (revision !== metadata.resourceVersion || items.length + metadata.remainingItemCount !== total) {
      throw new ApiError('protocol', `the list ${subject} came incomplete: ask again`);
    }
    if (metadata.remainingItemCount === 0) {
      return { kind, apiVersion, metadata: { resourceVersion: revision }, items };
    }
  }
  throw new ApiError('protocol', `the list ${subject} has no end`);
}
