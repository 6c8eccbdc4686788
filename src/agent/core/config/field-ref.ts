/** The downward API: a field of the pod, or a resource of one of its containers, as text. */

import { type Quantity, quantityOf } from '../../../common/lib/quantity.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { NodeFacts } from '../node/node-facts.ts';
import { podNameOf } from '../pod/pod-labels.ts';

export type Addresses = { readonly podIps: readonly string[]; readonly node: NodeFacts };

/** The container of that name, init containers too. */
export function containerOf({ spec }: Pod, name: string | undefined): Container | undefined {
  return [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === name);
}

/** Undefined for a path that Kubernetes does not have. */
export function fieldValue(pod: Pod, path: string, { podIps, node }: Addresses): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (subscript) return pod.metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? '';
  const { namespace, name, uid } = podNameOf(pod);
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': name,
    'metadata.namespace': namespace,
    'metadata.uid': uid,
    'metadata.labels': mapText(pod.metadata.labels),
    'metadata.annotations': mapText(pod.metadata.annotations),
    'spec.nodeName': node.name,
    'spec.serviceAccountName': pod.spec.serviceAccountName ?? 'default',
    'status.hostIP': node.ips[0] ?? '',
    'status.hostIPs': node.ips.join(','),
    'status.podIP': podIps[0] ?? '',
    'status.podIPs': podIps.join(','),
  };
  return Object.hasOwn(fields, path) ? fields[path] : undefined;
}

/** A limit that is not set is what the node can give. Undefined for an unknown resource. */
export function resourceValue(
  container: Container,
  resource: string,
  divisor: string | undefined,
  node: NodeFacts,
): string | undefined {
  const match = /^(limits|requests)\.([a-z-]+)$/.exec(resource);
  if (!match) return undefined;
  const [, kind, name = ''] = match;
  const { limits, requests } = container.resources;
  const set = limits?.[name];
  const limit = set === undefined || quantityOf(set).nanos === 0n ? node.allocatable[name] : set;
  const text = kind === 'limits' ? limit : (requests?.[name] ?? limits?.[name] ?? '0');
  return text === undefined ? undefined : divideUp(quantityOf(text), divisorOf(divisor));
}

function divisorOf(text: string | undefined): Quantity {
  const divisor = quantityOf(text ?? '1');
  return divisor.nanos === 0n ? quantityOf('1') : divisor;
}

function divideUp(value: Quantity, by: Quantity): string {
  return ((value.nanos + by.nanos - 1n) / by.nanos).toString();
}

/** One line for each entry, in the order of the keys, values quoted as Go quotes them: as the kubelet writes them. */
function mapText(map: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(map ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries
    .map(([key, value]) => `${key}="${value.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escaped)}"`)
    .join('\n');
}

const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const [prefix, digits] = code < 0x80 ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return named[character] ?? `\\${prefix}${code.toString(16).padStart(digits, '0')}`;
}
