/** Names that a pod resolves by itself: its resolver's settings and its own entries of /etc/hosts. */
import * as z from 'zod';
import { listOf, object, text } from './fields.ts';

export const podDnsConfigSchema = object('PodDNSConfig', 'Added to what dnsPolicy gives to resolv.conf.', {
  nameservers: listOf(z.string(), 'Addresses of name servers, at most 3; after those of the policy.').optional(),
  searches: listOf(z.string(), 'Domains that short names are looked up in, at most 32.').optional(),
  options: listOf(
    object('PodDNSConfigOption', 'An option of resolv.conf; goes before the same option of the policy.', {
      name: text('Name of the option, such as ndots.'),
      value: text('Its value.').optional(),
    }),
    'Options of the resolver.',
  ).optional(),
});
export type PodDNSConfig = z.infer<typeof podDnsConfigSchema>;

export const hostAliasSchema = object('HostAlias', 'A line of /etc/hosts.', {
  ip: text('The address.'),
  hostnames: listOf(z.string(), 'Names of the address.').optional(),
});
export type HostAlias = z.infer<typeof hostAliasSchema>;
