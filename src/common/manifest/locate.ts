/** Finds where in a YAML document a field stands, given the path that a refusal names it by. */

import { type Document, isMap, isPair, isScalar, isSeq, type Pair } from 'yaml';

/**
 * Offset of the key (or list item) that a path such as `spec.containers[0].image` or `metadata.labels[a.b/c]` names;
 * where the path goes on but the document ends, of the last part that is there.
 */
export function locate(document: Document, path: string): number {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  let rest = path;
  while (rest !== '') {
    const next = isMap(node) ? mapStep(node.items, rest) : isSeq(node) ? listStep(node.items, rest) : undefined;
    if (next === undefined) return offset;
    node = next.node;
    offset = next.offset ?? offset;
    rest = next.rest;
  }
  return offset;
}

type Found = { readonly node: unknown; readonly offset: number | undefined; readonly rest: string };

function mapStep(items: readonly Pair[], path: string): Found | undefined {
  const matches = items.flatMap((pair) => {
    const key = keyText(pair);
    const spelled = [key, `.${key}`, `[${key}]`, `["${key}"]`, `.["${key}"]`];
    const prefix = spelled.find((text) => path.startsWith(text) && /^($|[.[])/.test(path.slice(text.length)));
    return key === '' || prefix === undefined ? [] : [{ pair, prefix }];
  });
  // A label's name holds dots: the longest key that fits is meant.
  const [best] = matches.sort((a, b) => b.prefix.length - a.prefix.length);
  if (best === undefined) return undefined;
  return { node: best.pair.value, offset: offsetOf(best.pair.key), rest: path.slice(best.prefix.length) };
}

function listStep(items: readonly unknown[], path: string): Found | undefined {
  const index = /^(?:\[(\d+)\]|\.(\d+)(?=$|[.[]))/.exec(path);
  if (index === null) return undefined;
  const item = items[Number(index[1] ?? index[2])];
  return item === undefined ? undefined : { node: item, offset: offsetOf(item), rest: path.slice(index[0].length) };
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function offsetOf(node: unknown): number | undefined {
  if (isPair(node)) return offsetOf(node.key);
  return (node as { range?: readonly number[] | null } | null)?.range?.[0];
}
