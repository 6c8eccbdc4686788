/** Which kernel parameters a pod may set: those that Kubernetes calls safe, and those that this node allows beside them. */

import type { Pod } from '../../../common/model/pod.ts';

const safe: readonly string[] = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];
/** Parameters of the kernel's IPC namespace; all of net. belong to the network namespace. */
const ipc = ['kernel.shm', 'kernel.msg', 'kernel.sem', 'fs.mqueue.'] as const;

/**
 * Why the pod may not run here, in the kubelet's words; undefined when it may. `allowed` are the node's unsafe ones: names, or
 * beginnings of names with `*` at the end. What is not a namespace's own would change the node, and is never allowed.
 */
export function sysctlRefusal({ spec }: Pod, allowed: readonly string[]): string | undefined {
  for (const { name: given } of spec.securityContext.sysctls ?? []) {
    const name = dotted(given);
    const why = refusalOf(name, spec, [...safe, ...allowed.map(dotted)]);
    if (why !== undefined) return `forbidden sysctl: ${JSON.stringify(given)} ${why}`;
  }
  return undefined;
}

function refusalOf(name: string, spec: Pod['spec'], allowed: readonly string[]): string | undefined {
  if (!allowed.some((pattern) => matches(pattern, name))) return 'not allowlisted';
  const namespace = name.startsWith('net.') ? 'net' : ipc.some((start) => name.startsWith(start)) ? 'ipc' : undefined;
  if (namespace === undefined) return 'not allowlisted: it is not in a namespace of the pod';
  if (namespace === 'net' && spec.hostNetwork) return 'not allowed with host net enabled';
  if (namespace === 'ipc' && spec.hostIPC) return 'not allowed with host ipc enabled';
  return undefined;
}

/** The name with dots: Kubernetes takes it with slashes too, as sysctl(8) does. */
export function dotted(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  if (separator !== '/') return name;
  return name.replace(/[./]/g, (mark) => (mark === '/' ? '.' : '/'));
}

const matches = (pattern: string, name: string) =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
