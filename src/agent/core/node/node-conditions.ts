/** A node's conditions, with the reasons and thresholds that Kubernetes uses. */

import type { Millis } from '../../../common/lib/time.ts';
import type { Condition } from '../../../common/model/meta.ts';
import type { CgroupFacts } from '../config/cgroup.ts';
import { type Finding, withTransitions } from '../pod/conditions.ts';

/** What is free and how much there is; for the node's pressure conditions. */
export type NodeUsage = {
  readonly memoryAvailableBytes: number;
  readonly diskAvailableRatio: number;
  readonly pidsAvailableRatio: number;
};

export type NodeHealth = {
  readonly runtime: { readonly ready: true } | { readonly ready: false; readonly message: string };
  /** Undefined where the device can not tell. */
  readonly usage?: NodeUsage | undefined;
  readonly cgroups: CgroupFacts;
};

/** The kubelet's hard eviction thresholds: 100 MiB of memory, a tenth of the disk; and a tenth of the process ids. */
const MEMORY_BYTES = 100 * 1024 * 1024;
const RATIO = 0.1;
/** A pressure ends only when so much more is free, so that at the threshold it does not come and go. */
const RELIEF = 1.25;

/** `told`: what another part says of the same condition as one of these. */
export function nodeConditions(
  health: NodeHealth,
  before: readonly Condition[] | undefined,
  now: Millis,
  told?: Finding,
): Condition[] {
  const { runtime, usage, cgroups } = health;
  const ready: Finding = runtime.ready
    ? { type: 'Ready', status: 'True', reason: 'AgentReady', message: 'the agent is ready to run pods' }
    : { type: 'Ready', status: 'False', reason: 'ContainerRuntimeNotReady', message: runtime.message };
  const degraded = joined(degradation(cgroups), told);
  if (usage === undefined) return withTransitions([degraded, ready], before, now);
  const pressures = [
    pressure('MemoryPressure', usage.memoryAvailableBytes / MEMORY_BYTES, before, 'Memory', 'memory available'),
    pressure('DiskPressure', usage.diskAvailableRatio / RATIO, before, 'Disk', 'disk space'),
    pressure('PIDPressure', usage.pidsAvailableRatio / RATIO, before, 'PID', 'PIDs available'),
  ];
  return withTransitions([...pressures, degraded, ready], before, now);
}

/** Of two findings of one condition the one that holds; of two that hold, both messages. */
function joined(own: Finding, told: Finding | undefined): Finding {
  if (told?.status !== 'True') return own;
  return own.status === 'True' ? { ...own, message: `${own.message}; ${told.message}` } : told;
}

/** Pods run, but not with all that their specs promise. */
function degradation({ memory, refusal }: CgroupFacts): Finding {
  if (refusal !== undefined) return { type: 'Degraded', status: 'True', reason: 'NoControlGroups', message: refusal };
  if (!memory) return { type: 'Degraded', status: 'True', reason: 'MemoryCgroupDisabled', message: memoryCgroupAdvice };
  return { type: 'Degraded', status: 'False', reason: 'AllEnforced', message: 'limits of pods are enforced' };
}

/** Raspberry Pi OS starts its kernel so; the file has one line, and a second one is ignored. */
const memoryCgroupAdvice =
  "the kernel's memory cgroup is off, so memory limits are not enforced: append cgroup_enable=memory cgroup_memory=1 " +
  'to the one line of /boot/firmware/cmdline.txt (older systems: /boot/cmdline.txt) and reboot';

/** `available` in units of its threshold. */
function pressure(
  type: string,
  available: number,
  before: readonly Condition[] | undefined,
  what: string,
  words: string,
): Finding {
  const held = before?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  return available < (held ? RELIEF : 1)
    ? { type, status: 'True', reason: `AgentHasInsufficient${what}`, message: `the node has insufficient ${words}` }
    : { type, status: 'False', reason: `AgentHasSufficient${what}`, message: `the node has sufficient ${words}` };
}
