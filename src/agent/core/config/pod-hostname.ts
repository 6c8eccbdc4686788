/** What a pod is called by itself: host name, domain, and the lines of its /etc/hosts, as the kubelet writes them. */

import type { Pod } from '../../../common/model/pod.ts';
import { podNameOf } from '../pod/pod-labels.ts';
import { found, missing, type Resolved } from './resolved.ts';

const clusterDomain = 'cluster.local';
/** Of the kernel, as of uname(2). */
const LONGEST_HOSTNAME = 64;

/** At most 63 characters, not ending in a dash or dot. */
export function hostnameOf(pod: Pod): string {
  return (pod.spec.hostname || pod.metadata.name).slice(0, 63).replace(/[-.]+$/, '');
}

/** The full name, of a pod with a subdomain. */
function fullNameOf(pod: Pod): string | undefined {
  const { subdomain } = pod.spec;
  return subdomain ? `${hostnameOf(pod)}.${subdomain}.${podNameOf(pod).namespace}.svc.${clusterDomain}` : undefined;
}

/** What the kernel of the pod is told; with setHostnameAsFQDN the full name, if that is short enough. */
export function kernelHostname(pod: Pod): Resolved<string> {
  const fullName = fullNameOf(pod);
  if (!pod.spec.setHostnameAsFQDN || fullName === undefined) return found(hostnameOf(pod));
  if (fullName.length <= LONGEST_HOSTNAME) return found(fullName);
  const why = `(${LONGEST_HOSTNAME} characters is the max, ${fullName.length} characters requested)`;
  return missing(`failed to construct FQDN from pod hostname and cluster domain, FQDN ${fullName} is too long ${why}`);
}

/** The /etc/hosts of a pod that has a network of its own. */
export function hostsFile(pod: Pod, podIps: readonly string[]): string {
  const names = [fullNameOf(pod), hostnameOf(pod)].filter((name) => name !== undefined).join('\t');
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...podIps.map((ip) => `${ip}\t${names}`),
    aliasLines(pod),
  ].join('\n');
}

/** The /etc/hosts of a pod on the network of the node: the node's, and the pod's own lines. */
export function nodeHostsFile(pod: Pod, ofNode: string): string {
  return `# Kubernetes-managed hosts file (host network).\n${ofNode}${aliasLines(pod)}`;
}

function aliasLines({ spec }: Pod): string {
  const lines = (spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${[ip, ...hostnames].join('\t')}\n`);
  return lines.length === 0 ? '' : `\n# Entries added by HostAliases.\n${lines.join('')}`;
}
