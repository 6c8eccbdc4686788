/** Where images of a registry come from: its mirrors, then itself; and containerd's files that say so (hosts.toml). Pure. */

import { canonicalHost } from '../../../common/lib/image-reference.ts';

export type RegistryHosts = {
  /** Addresses of mirrors by registry host, in the order in which they are asked. */
  readonly mirrors: ReadonlyMap<string, readonly string[]>;
  /** Hosts that may speak plain HTTP or show any certificate. */
  readonly insecure: ReadonlySet<string>;
  /** Path of a PEM file of authorities, beside the system's. */
  readonly ca?: string;
};

/** From the settings' texts, which their schema has checked: `host=address,…` and `host,…`. */
export function registryHosts(mirrors: string, insecure: string, ca: string | undefined): RegistryHosts {
  const found = new Map<string, readonly string[]>();
  for (const part of listed(mirrors)) {
    const at = part.indexOf('=');
    const host = canonicalHost(part.slice(0, at));
    found.set(host, [...(found.get(host) ?? []), part.slice(at + 1)]);
  }
  return {
    mirrors: found,
    insecure: new Set(listed(insecure).map(canonicalHost)),
    ...(ca === undefined ? {} : { ca }),
  };
}

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Addresses that images of a registry may come from. */
export function registryAddresses(host: string, { mirrors, insecure }: RegistryHosts): readonly string[] {
  const server = serverOf(host);
  return [
    ...(mirrors.get(host) ?? []),
    `https://${server}`,
    ...(insecure.has(host) || isLoopback(server) ? [`http://${server}`] : []),
  ];
}

const serverOf = (host: string) => (host === 'docker.io' ? 'registry-1.docker.io' : host);

/** containerd speaks plain HTTP to these by itself. */
const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);

/** The text of `<host>/hosts.toml` by host; `_default` is for hosts that have none. */
export function hostsFiles(hosts: RegistryHosts): ReadonlyMap<string, string> {
  const { mirrors, insecure, ca } = hosts;
  const authority = ca === undefined ? [] : [`ca = ${JSON.stringify(ca)}`];
  const files = new Map<string, string>();
  for (const host of new Set([...mirrors.keys(), ...insecure])) {
    const own = insecure.has(host) ? [`https://${serverOf(host)}`, `http://${serverOf(host)}`] : [];
    const lines = [
      `server = ${JSON.stringify(`https://${serverOf(host)}`)}`,
      ...authority,
      ...[...(mirrors.get(host) ?? []), ...own].flatMap((address) => hostSection(address, hosts)),
    ];
    files.set(host, `${lines.join('\n')}\n`);
  }
  if (authority.length > 0) files.set('_default', `${authority.join('\n')}\n`);
  return files;
}

function hostSection(address: string, { insecure, ca }: RegistryHosts): readonly string[] {
  const { host, pathname, protocol } = new URL(address);
  const plain = pathname === '/' || pathname === '';
  return [
    `[host.${JSON.stringify(address)}]`,
    '  capabilities = ["pull", "resolve"]',
    // An address with a path is the API's own root, as of a proxy in Harbor.
    ...(plain ? [] : ['  override_path = true']),
    ...(protocol === 'https:' && insecure.has(host) ? ['  skip_verify = true'] : []),
    ...(ca === undefined ? [] : [`  ca = ${JSON.stringify(ca)}`]),
  ];
}
