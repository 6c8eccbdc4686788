/** Performs a reconciler's writes and says what the view must show before the same key is looked at again. */

import type { KubeObject } from '../../common/model/meta.ts';
import { StoreError } from '../../common/store/store.ts';
import { keyOf } from '../core/owners.ts';
import type { Key, Millis, Write } from '../core/reconcile.ts';
import type { ClusterView } from '../core/view.ts';
import type { Answer, Objects } from '../ports.ts';

/**
 * What the view must show: a revision, an object (or else it was removed again: not waited for beyond `until`), or that
 * an object is gone or going.
 */
export type Expectation =
  | { readonly revision: number }
  | { readonly present: Key; readonly until: Millis }
  | { readonly gone: string };

export type Failure = {
  /** `conflict`: the view was behind. `refused`: it will be refused again. `unavailable`: nobody knows. */
  readonly kind: 'conflict' | 'refused' | 'unavailable';
  readonly message: string;
};
export type Performed = {
  readonly expected: readonly Expectation[];
  readonly failure?: Failure;
  /** Creations that may or may not have happened: to be repeated as they are before anything else. */
  readonly unsure: readonly Write[];
};
export type Note = (event: Extract<Write, { type: 'event' }>) => void;

/**
 * Performs writes in order; neighbouring creations, and deletions, in parallel by 1, 2, 4, …. The first failure ends
 * the list. `repeat`: the writes were unsure, so one that exists is the one that was made, and is waited for `until`.
 */
export async function perform(
  objects: Objects,
  writes: readonly Write[],
  note: Note,
  repeat?: { readonly until: Millis },
): Promise<Performed> {
  const expected: Expectation[] = [];
  let width = 1;
  for (let at = 0; at < writes.length; ) {
    const batch = nextBatch(writes, at, width);
    width = batch.length < width ? 1 : width * 2;
    at += batch.length;
    const results = await Promise.all(batch.map((write) => performOne(objects, write, note, repeat)));
    expected.push(...results.flatMap((result) => result.expected));
    const failure = results.find((result) => result.failure !== undefined)?.failure;
    if (failure !== undefined) return { expected, failure, unsure: results.flatMap((result) => result.unsure) };
  }
  return { expected, unsure: [] };
}

function nextBatch(writes: readonly Write[], at: number, width: number): readonly Write[] {
  const type = writes[at]?.type;
  if (type !== 'create' && type !== 'delete') return writes.slice(at, at + 1);
  let end = at + 1;
  while (end < writes.length && end - at < width && writes[end]?.type === type) end += 1;
  return writes.slice(at, end);
}

async function performOne(
  objects: Objects,
  write: Write,
  note: Note,
  repeat: { readonly until: Millis } | undefined,
): Promise<Performed> {
  if (write.type === 'event') {
    note(write);
    return { expected: [], unsure: [] };
  }
  try {
    const answer = await send(objects, write);
    if (answer.ok) return { expected: [expectationOf(write, answer.value)], unsure: [] };
    const { code, message } = refusalOf(answer.status);
    if (write.type === 'delete' && code === 404) return { expected: [{ gone: write.uid }], unsure: [] };
    if (write.type === 'create' && code === 409 && repeat !== undefined) {
      const present = keyOf(write.resource, (write.object as KubeObject).metadata);
      return { expected: [{ present, until: repeat.until }], unsure: [] };
    }
    const kind = code === 409 || code === 404 ? 'conflict' : 'refused';
    return { expected: [], failure: { kind, message }, unsure: [] };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const unsure = write.type === 'create' ? [write] : [];
    return { expected: [], failure: { kind: 'unavailable', message: error.message }, unsure };
  }
}

function send(objects: Objects, write: Exclude<Write, { type: 'event' }>): Promise<Answer<KubeObject>> {
  switch (write.type) {
    case 'create':
      return objects.create(write.resource, write.object);
    case 'update':
      return objects.update(write.key, write.object);
    case 'updateStatus':
      return objects.updateStatus(write.key, write.object);
    case 'patch':
      return objects.patch(
        write.key,
        'merge',
        write.patch,
        write.subresource === undefined ? {} : { subresource: write.subresource },
      );
    case 'delete': {
      const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = write;
      return objects.delete(write.key, {
        preconditions: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      });
    }
  }
}

function expectationOf(write: Write, after: KubeObject): Expectation {
  // What was removed at once comes back as it last was: its version says nothing about the removal.
  if (write.type === 'delete' && after.metadata.deletionTimestamp === undefined) return { gone: write.uid };
  return { revision: Number(after.metadata.resourceVersion ?? 0) };
}

/** Code and message of a Status. */
export function refusalOf(status: KubeObject): { readonly code: number; readonly message: string } {
  const { code, message } = status as { code?: unknown; message?: unknown };
  return { code: typeof code === 'number' ? code : 500, message: typeof message === 'string' ? message : 'refused' };
}

/** Whether the view shows what is expected. */
export function holds(expected: Expectation, view: ClusterView, now: Millis): boolean {
  if ('revision' in expected) return view.revision >= expected.revision;
  if ('present' in expected) return view.get(expected.present) !== undefined || now >= expected.until;
  const object = view.byUid(expected.gone)?.object;
  return object === undefined || object.metadata.deletionTimestamp !== undefined;
}
