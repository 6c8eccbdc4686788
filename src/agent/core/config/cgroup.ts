/** Control groups of pods: where they are and what they are limited to, as the kubelet has it. Pure. */

import { toBytes, toMillis } from '../../../common/lib/quantity.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { podTotal } from '../../../common/model/pod-total.ts';
import { type QosClass, qosOf } from '../../../common/model/qos.ts';
import { cpuQuota, cpuShares } from './container-resources.ts';

export type CgroupDriver = 'cgroupfs' | 'systemd';

/** What the device's kernel can limit. */
export type CgroupFacts = {
  readonly version: 1 | 2;
  /** Off on a Raspberry Pi unless its kernel is told otherwise: then no memory limit is enforced. */
  readonly memory: boolean;
  /** Whether swap is counted, so that a limit can keep a container from it. */
  readonly swap: boolean;
  readonly pids: boolean;
  /** Why groups for pods can not be made; undefined where they can. */
  readonly refusal?: string;
};

/** CPU in shares (1024 a core) and in microseconds a period of 100 ms; memory in bytes. What is absent is not limited. */
export type PodLimits = {
  readonly cpuShares: number;
  readonly cpuQuota?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
};

/** A pod's place below the group of all pods: under its class, but for Guaranteed ones. */
export function podCgroup(uid: string, qos: QosClass): readonly string[] {
  const own = `pod${uid}`;
  return qos === 'Guaranteed' ? [own] : [qos.toLowerCase(), own];
}

/** Where the group of a pod may be whose class is not known any more. */
export function podCgroups(uid: string): readonly (readonly string[])[] {
  return (['Guaranteed', 'Burstable', 'BestEffort'] as const).map((qos) => podCgroup(uid, qos));
}

/**
 * What a pod as a whole may use. Its containers' limits bound it only where all of them have one (kubelet,
 * ResourceConfigForPod). `pidsLimit` is the node's setting.
 */
export function podLimits(pod: Pod, facts: CgroupFacts, pidsLimit: number | undefined): PodLimits {
  const { spec } = pod;
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const limited = (resource: string) => all.every(({ resources }) => resources.limits?.[resource] !== undefined);
  const limitOf = (resource: string, read: (text: string) => number) =>
    podTotal(spec, ({ resources }) => read(resources.limits?.[resource] ?? '0'));
  const bestEffort = qosOf(pod) === 'BestEffort';
  return {
    cpuShares: bestEffort ? cpuShares(0) : cpuShares(podTotal(spec, cpuRequest)),
    ...(limited('cpu') && !bestEffort ? { cpuQuota: cpuQuota(limitOf('cpu', toMillis)) } : {}),
    ...(limited('memory') && !bestEffort && facts.memory ? { memoryBytes: limitOf('memory', toBytes) } : {}),
    ...(pidsLimit !== undefined && facts.pids ? { pids: pidsLimit } : {}),
  };
}

/** A request that is not made is the limit. Millicores. */
const cpuRequest = ({ resources }: Container) =>
  toMillis(resources.requests?.['cpu'] ?? resources.limits?.['cpu'] ?? '0');
