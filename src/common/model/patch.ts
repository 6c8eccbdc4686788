/** Applies patches: JSON merge patch (RFC 7386) and Kubernetes' strategic merge patch. Inputs are never changed. */
import { isRecord, own, setOwn } from '../lib/deep.ts';
import { isSet, keyText, mergeListOf } from './merge-lists.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Applies a JSON merge patch: fields of objects are merged, null removes, anything else replaces. */
export function jsonMerge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else setOwn(result, name, jsonMerge(own(result, name), value));
  }
  return result;
}

/**
 * Applies a strategic merge patch. Beside plain fields it knows `$patch: delete | replace`, `$retainKeys`,
 * `$setElementOrder/<list>` and `$deleteFromPrimitiveList/<list>`; another field with a dollar is a field as any.
 */
export function strategicMerge(target: Fields, patch: Fields): Record<string, unknown> {
  if (patch['$patch'] === 'delete') return {};
  const base: Fields = patch['$patch'] === 'replace' ? {} : target;
  const result: Record<string, unknown> = { ...base };
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) {
    for (const name of Object.keys(result)) if (!retained.includes(name)) delete result[name];
  }
  for (const [name, value] of Object.entries(patch)) {
    if (isDirective(name)) continue;
    if (value === null) delete result[name];
    else setOwn(result, name, mergeField(name, own(result, name), value));
  }
  for (const [name, value] of Object.entries(patch)) applyListDirective(result, name, value);
  return result;
}

const orderDirective = '$setElementOrder/';
const removeDirective = '$deleteFromPrimitiveList/';
const isDirective = (name: string): boolean =>
  name === '$patch' || name === '$retainKeys' || name.startsWith(orderDirective) || name.startsWith(removeDirective);

function mergeField(name: string, target: unknown, value: unknown): unknown {
  if (isRecord(value)) return strategicMerge(isRecord(target) ? target : {}, value);
  if (!Array.isArray(value)) return value;
  const before: readonly unknown[] = Array.isArray(target) ? target : [];
  if (isSet(name)) return [...new Set([...before, ...value])];
  return mergeListOf(name) ? mergeItems(name, before, value) : value;
}

function mergeItems(name: string, before: readonly unknown[], patches: readonly unknown[]): unknown[] {
  const list = mergeListOf(name) ?? { keys: [] };
  const replaces = (patch: unknown) => isRecord(patch) && patch['$patch'] === 'replace';
  const items = patches.some(replaces) ? [] : [...before];
  for (const patch of patches) {
    // An item of nothing but the directive speaks about the list.
    if (!isRecord(patch) || (replaces(patch) && Object.keys(patch).length === 1)) continue;
    const key = keyText(list, patch);
    const index = key === undefined ? -1 : items.findIndex((item) => keyText(list, item) === key);
    if (patch['$patch'] === 'delete') {
      if (index >= 0) items.splice(index, 1);
      continue;
    }
    const item = items[index];
    const merged = strategicMerge(isRecord(item) ? item : {}, patch);
    if (index >= 0) items[index] = merged;
    else items.push(merged);
  }
  return items;
}

function applyListDirective(result: Record<string, unknown>, name: string, value: unknown): void {
  if (!Array.isArray(value)) return;
  const field = name.slice(name.indexOf('/') + 1);
  const current = own(result, field);
  if (!Array.isArray(current)) return;
  if (name.startsWith(removeDirective))
    setOwn(
      result,
      field,
      current.filter((item) => !value.includes(item)),
    );
  if (name.startsWith(orderDirective)) setOwn(result, field, inOrder(field, current, value));
}

/** The items in the order of `wanted`; each item that is not wanted stays behind the one that it followed. */
function inOrder(field: string, items: readonly unknown[], wanted: readonly unknown[]): unknown[] {
  const list = mergeListOf(field);
  const keyOf = (item: unknown) => (list ? keyText(list, item) : JSON.stringify(item));
  const order = wanted.map(keyOf);
  const isWanted = (item: unknown) => order.includes(keyOf(item));
  const ordered = items.filter(isWanted).sort((a, b) => order.indexOf(keyOf(a)) - order.indexOf(keyOf(b)));
  for (const [index, item] of items.entries()) {
    if (isWanted(item)) continue;
    ordered.splice(index === 0 ? 0 : ordered.indexOf(items[index - 1]) + 1, 0, item);
  }
  return ordered;
}
