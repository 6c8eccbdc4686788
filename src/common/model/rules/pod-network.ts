/** Rules for a pod's names: its resolver, its own hosts, its full name. */
import { notDns1123Label, notDns1123Subdomain, notIp } from '../names.ts';
import type { HostAlias, PodDNSConfig } from '../pod-network.ts';
import type { PodSpec } from '../pod-spec.ts';
import type { StatusCause } from '../status.ts';
import { invalidValue, required, unless } from './cause.ts';

const mostNameservers = 3;
const mostSearches = 32;
const mostSearchCharacters = 2048;

/** What is wrong with host names, dnsConfig and hostAliases. `at` is the path of the spec. */
export function podNetworkCauses(spec: PodSpec, at: string): StatusCause[] {
  const { hostname, subdomain, dnsPolicy, dnsConfig, hostAliases = [] } = spec;
  return [
    ...(hostname ? unless(`${at}.hostname`, hostname, notDns1123Label(hostname)) : []),
    ...(subdomain ? unless(`${at}.subdomain`, subdomain, notDns1123Label(subdomain)) : []),
    ...(dnsPolicy === 'None' ? ownDnsCauses(dnsConfig, `${at}.dnsConfig`) : []),
    ...(dnsConfig ? dnsCauses(dnsConfig, `${at}.dnsConfig`) : []),
    ...hostAliases.flatMap((alias, i) => aliasCauses(alias, `${at}.hostAliases[${i}]`)),
  ];
}

function ownDnsCauses(config: PodDNSConfig | undefined, at: string): StatusCause[] {
  if (config === undefined) return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  if (config.nameservers?.length) return [];
  return [required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
}

function dnsCauses({ nameservers = [], searches = [], options = [] }: PodDNSConfig, at: string): StatusCause[] {
  const causes = nameservers.flatMap((address, i) => unless(`${at}.nameservers[${i}]`, address, notIp(address)));
  if (nameservers.length > mostNameservers) {
    const why = `must not have more than ${mostNameservers} nameservers`;
    causes.push(invalidValue(`${at}.nameservers`, nameservers, why));
  }
  if (searches.length > mostSearches) {
    causes.push(invalidValue(`${at}.searches`, searches, `must not have more than ${mostSearches} search paths`));
  }
  if (searches.join(' ').length > mostSearchCharacters) {
    const why = `must not have more than ${mostSearchCharacters} characters (including spaces) in the search list`;
    causes.push(invalidValue(`${at}.searches`, searches, why));
  }
  for (const [i, search] of searches.entries()) {
    // As resolvers take it: a lone dot, a dot at the end, and underscores in names of services.
    if (search === '.') continue;
    const name = search.replace(/\.$/, '').replaceAll('_', 'a');
    causes.push(...unless(`${at}.searches[${i}]`, search, notDns1123Subdomain(name)));
  }
  for (const [i, { name }] of options.entries()) {
    if (name === '') causes.push(required(`${at}.options[${i}]`, 'must not be empty'));
    else if (/\s/.test(name)) causes.push(invalidValue(`${at}.options[${i}].name`, name, 'must not contain blanks'));
  }
  return causes;
}

function aliasCauses({ ip, hostnames = [] }: HostAlias, at: string): StatusCause[] {
  return [
    ...unless(`${at}.ip`, ip, notIp(ip)),
    ...hostnames.flatMap((name, i) => unless(`${at}.hostnames[${i}]`, name, notDns1123Subdomain(name))),
  ];
}
