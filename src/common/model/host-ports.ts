/** The ports of the node that a pod takes. */

import type { Pod } from './pod.ts';

/** A host port that is taken; an address of 0.0.0.0 takes it on all addresses. */
export type HostPort = { readonly ip: string; readonly protocol: string; readonly port: number };

/** Ports of the node that the pod takes, as long as it is there. */
export function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars].flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, hostIP, protocol }) => {
      const port = hostPort ?? (spec.hostNetwork === true ? containerPort : undefined);
      return port === undefined ? [] : [{ ip: hostIP || '0.0.0.0', protocol, port }];
    }),
  );
}

/** Whether only one of them can be taken. */
export function clash(a: HostPort, b: HostPort): boolean {
  const sameAddress = a.ip === b.ip || isAny(a.ip) || isAny(b.ip);
  return a.port === b.port && a.protocol === b.protocol && sameAddress;
}

const isAny = (ip: string): boolean => ip === '0.0.0.0' || ip === '::';
