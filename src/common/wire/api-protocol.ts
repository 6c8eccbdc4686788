/**
 * What crosses `bramble.api.*`: request bodies, list parts and their limits. An answer is the object, a list part,
 * or a Kubernetes `Status`; a failure is a `Status` whose `status` is `Failure`.
 */

import * as z from 'zod';

/** Preconditions that the object must meet, else 409. */
const preconditions = z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() });

/** `get` */
export const getRequest = z.object({});
/** `list`: selectors in their text form. */
export const listRequest = z.object({
  labelSelector: z.string().max(4096).optional(),
  fieldSelector: z.string().max(4096).optional(),
});
/** `create` and `update`: the whole object. `dryRun` goes through everything but the write. */
export const writeRequest = z.object({ object: z.unknown(), dryRun: z.boolean().optional() });
/** `patch`: `merge` is RFC 7386, `strategic` is Kubernetes' strategic merge. */
export const patchRequest = z.object({
  type: z.enum(['merge', 'strategic']),
  patch: z.record(z.string(), z.unknown()),
  dryRun: z.boolean().optional(),
});
/** `delete` */
export const deleteRequest = z.object({
  gracePeriodSeconds: z.number().int().min(0).optional(),
  propagationPolicy: z.enum(['Background', 'Foreground', 'Orphan']).optional(),
  preconditions: preconditions.optional(),
  dryRun: z.boolean().optional(),
});

export type ListRequest = z.infer<typeof listRequest>;
export type DeleteRequest = z.infer<typeof deleteRequest>;

/**
 * A list comes as one or more replies to one request, each a Kubernetes `<Kind>List` with a part of the items, all
 * true for one `metadata.resourceVersion`. `remainingItemCount` counts down; the part with 0 is the last.
 */
export const listPart = z.object({
  kind: z.string(),
  apiVersion: z.string(),
  metadata: z.object({ resourceVersion: z.string(), remainingItemCount: z.number().int().min(0) }),
  items: z.array(z.record(z.string(), z.unknown())),
});

/** A list part is cut once it holds this many bytes of JSON. */
export const listPartBytes = 256 * 1024;

/** The largest object that the API stores, in bytes of JSON, as etcd's; less where nats-server's max_payload is lower. */
export const maxObjectBytes = 1_572_864;

/** Messages of `bramble.watch.*` carry these headers: the revision, and `KV-Operation` (DEL or PURGE) for deletions. */
export const revisionHeader = 'Nats-Sequence';

/** And this one: the revision of the change before it on the same key, 0 for none. What is later than known was missed. */
export const previousRevisionHeader = 'Nats-Last-Sequence';
