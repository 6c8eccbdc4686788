/** Computes the patch that `apply` sends, from what was applied last, what is wanted now and what is stored. */
import { deepEqual, isRecord, own, setOwn } from '../lib/deep.ts';
import { isSet, isUnion, keyFields, keyText, mergeListOf } from './merge-lists.ts';

type Fields = Readonly<Record<string, unknown>>;
type Patch = Record<string, unknown>;

/**
 * The strategic merge patch that gives `live` every field of `desired`, removes what `lastApplied` had and `desired`
 * has not, and leaves alone what others set. Empty when there is nothing to do. `desired` is what the person wrote,
 * without defaults: a default would undo what others set.
 */
export function threeWayMerge(lastApplied: Fields | undefined, desired: Fields, live: Fields): Patch {
  const patch: Patch = {};
  const before: Fields = lastApplied ?? {};
  for (const [name, wanted] of Object.entries(desired)) {
    for (const [key, value] of Object.entries(fieldPatch(name, own(before, name), wanted, own(live, name)))) {
      setOwn(patch, key, value);
    }
  }
  for (const name of Object.keys(before)) {
    if (own(desired, name) === undefined && own(live, name) !== undefined) setOwn(patch, name, null);
  }
  return patch;
}

/** What the patch says about one field; nothing when it is as wanted. */
function fieldPatch(name: string, last: unknown, wanted: unknown, found: unknown): Patch {
  if (wanted === null || wanted === undefined) return found === undefined ? {} : { [name]: null };
  if (isRecord(wanted) && isRecord(found)) {
    const inner = threeWayMerge(isRecord(last) ? last : undefined, wanted, found);
    if (isUnion(name)) dropOthers(inner, wanted, found);
    return Object.keys(inner).length > 0 ? { [name]: inner } : {};
  }
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return listPatch(name, Array.isArray(last) ? last : [], wanted, found);
  }
  return deepEqual(wanted, found) ? {} : { [name]: wanted };
}

/** In a changed union only the wanted fields remain: a volume that becomes another kind loses the old source. */
function dropOthers(patch: Patch, wanted: Fields, found: Fields): void {
  if (Object.keys(patch).length === 0) return;
  for (const name of Object.keys(found)) if (own(wanted, name) === undefined) setOwn(patch, name, null);
}

function listPatch(
  name: string,
  last: readonly unknown[],
  wanted: readonly unknown[],
  found: readonly unknown[],
): Patch {
  if (isSet(name)) return setPatch(name, last, wanted, found);
  const list = mergeListOf(name);
  const keys = wanted.map((item) => list && keyText(list, item));
  if (!list || keys.includes(undefined)) return deepEqual(wanted, found) ? {} : { [name]: wanted };
  const keyOf = (item: unknown) => keyText(list, item);
  const byKey = (items: readonly unknown[]) => new Map(items.filter(isRecord).map((item) => [keyOf(item), item]));
  const [lastItems, foundItems] = [byKey(last), byKey(found)];
  const changed = wanted.filter(isRecord).flatMap((item) => {
    const before = foundItems.get(keyOf(item));
    if (!before) return [item];
    const inner = threeWayMerge(lastItems.get(keyOf(item)), item, before);
    if (isUnion(name)) dropOthers(inner, item, before);
    return Object.keys(inner).length === 0 ? [] : [{ ...keyFields(list, item), ...inner }];
  });
  const removed = [...lastItems]
    .filter(([key]) => !keys.includes(key) && foundItems.has(key))
    .map(([, item]) => ({ $patch: 'delete', ...keyFields(list, item) }));
  const kept = found.map(keyOf).filter((key) => keys.includes(key));
  const result = [...kept, ...keys.filter((key) => !kept.includes(key))];
  return {
    ...(changed.length + removed.length > 0 && { [name]: [...changed, ...removed] }),
    ...(!deepEqual(result, keys) && {
      [`$setElementOrder/${name}`]: wanted.filter(isRecord).map((item) => keyFields(list, item)),
    }),
  };
}

function setPatch(
  name: string,
  last: readonly unknown[],
  wanted: readonly unknown[],
  found: readonly unknown[],
): Patch {
  const added = wanted.filter((value) => !found.includes(value));
  const removed = last.filter((value) => !wanted.includes(value) && found.includes(value));
  return {
    ...(added.length > 0 && { [name]: added }),
    ...(removed.length > 0 && { [`$deleteFromPrimitiveList/${name}`]: removed }),
  };
}
