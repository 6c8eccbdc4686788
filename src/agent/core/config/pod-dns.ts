/** A pod's resolv.conf from its dnsPolicy and dnsConfig, within the limits that Kubernetes has for it. */

import type { Pod } from '../../../common/model/pod.ts';
import type { SandboxConfig } from '../runtime-model.ts';

export type Resolver = NonNullable<SandboxConfig['dns']>;

const MOST_SERVERS = 3;
const MOST_SEARCHES = 32;
const LONGEST_SEARCH_LINE = 2048;

/**
 * `ofNode` is the node's resolver: the cluster has no DNS of its own yet, so every policy but None begins with it. What is over
 * a limit is left out, and each of `omitted` says so in the kubelet's words.
 */
export function podDns(
  { spec }: Pod,
  ofNode: Resolver,
): { readonly dns: Resolver; readonly omitted: readonly string[] } {
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {};
  const base = spec.dnsPolicy === 'None' ? { servers: [], searches: [], options: [] } : ofNode;
  const allServers = unique([...base.servers, ...nameservers]);
  const allSearches = unique([...base.searches, ...searches]);
  const servers = allServers.slice(0, MOST_SERVERS);
  const kept = fitting(allSearches.slice(0, MOST_SEARCHES));
  const limits = [
    ...(servers.length === allServers.length
      ? []
      : [
          `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${servers.join(' ')}`,
        ]),
    ...(kept.length === allSearches.length
      ? []
      : [
          `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${kept.join(' ')}`,
        ]),
  ];
  return { dns: { servers, searches: kept, options: merged(base.options, options) }, omitted: limits };
}

const unique = (texts: readonly string[]) => [...new Set(texts)];

/** Whole domains, as many as one line takes. */
function fitting(searches: readonly string[]): readonly string[] {
  let length = -1;
  const end = searches.findIndex((domain) => {
    length += 1 + domain.length;
    return length > LONGEST_SEARCH_LINE;
  });
  return end < 0 ? searches : searches.slice(0, end);
}

/** An option of the pod goes before the same one of the node. */
function merged(
  ofNode: readonly string[],
  ofPod: readonly { readonly name: string; readonly value?: string | undefined }[],
): readonly string[] {
  const options = new Map<string, string>();
  for (const option of ofNode) options.set(option.split(':')[0] ?? option, option);
  for (const { name, value } of ofPod) options.set(name, value ? `${name}:${value}` : name);
  return [...options.values()];
}
