/** Why a pod cannot run on a node: a table of filters, each with Kubernetes' words. */

import type { Pod } from '../../common/model/pod.ts';
import type { NodeView, Taint } from './node-views.ts';
import { portsOn } from './node-views.ts';
import type { HostPort, PodFacts } from './pod-requests.ts';

/** The reasons against a node; none when the pod may run there. */
export type Filter = (pod: PodFacts, on: NodeView) => readonly string[];

type Toleration = NonNullable<Pod['spec']['tolerations']>[number];
const NONE: readonly string[] = [];
/** Kubernetes' own default for a node that does not say how many pods it takes. */
const MAX_PODS = 110;

/** In this order; the first that has reasons speaks, the others are not asked. Cheap ones stand first. */
export const filters: Readonly<Record<string, Filter>> = {
  unschedulable: (_, on) => (on.unschedulable ? ['node(s) were unschedulable'] : NONE),
  nodeName: ({ pod }, on) =>
    pod.spec.nodeName === undefined || pod.spec.nodeName === on.name
      ? NONE
      : ["node(s) didn't match the requested node name"],
  taints: ({ pod }, on) => {
    const taint = on.taints.find((one) => repels(one) && !tolerates(pod.spec.tolerations ?? [], one));
    return taint === undefined ? NONE : [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
  },
  ready: (_, on) => (on.ready ? NONE : ['node(s) were not ready']),
  nodeSelector: ({ pod }, on) =>
    Object.entries(pod.spec.nodeSelector ?? {}).every(([name, value]) => on.labels[name] === value)
      ? NONE
      : ["node(s) didn't match Pod's node affinity/selector"],
  ports: ({ ports }, on) => {
    if (ports.length === 0) return NONE;
    const taken = portsOn(on);
    return ports.some((port) => taken.some((other) => clash(port, other)))
      ? ["node(s) didn't have free ports for the requested pod ports"]
      : NONE;
  },
  resources,
};

function resources({ requests }: PodFacts, on: NodeView): readonly string[] {
  let reasons = NONE;
  if (on.pods.size + 1 > (on.allocatable.get('pods') ?? MAX_PODS)) reasons = ['Too many pods'];
  for (const [name, amount] of requests) {
    if (amount > 0 && (on.used.get(name) ?? 0) + amount > (on.allocatable.get(name) ?? 0)) {
      reasons = [...reasons, `Insufficient ${name}`];
    }
  }
  return reasons;
}

function repels({ effect }: Taint): boolean {
  return effect === 'NoSchedule' || effect === 'NoExecute';
}

function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(({ key, effect }) => key === taint.key && effect === taint.effect);
}

function clash(a: HostPort, b: HostPort): boolean {
  const sameAddress = a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
  return a.port === b.port && a.protocol === b.protocol && sameAddress;
}
