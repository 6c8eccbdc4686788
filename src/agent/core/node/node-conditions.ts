/** The conditions that follow from the runtime and the kernel; other parts of the agent tell theirs (see nodeStatus). */

import type { Millis } from '../../../common/lib/time.ts';
import type { Condition } from '../../../common/model/meta.ts';
import type { CgroupFacts } from '../config/cgroup.ts';
import { type Finding, withTransitions } from '../pod/conditions.ts';

export type NodeHealth = {
  readonly runtime: { readonly ready: true } | { readonly ready: false; readonly message: string };
  readonly cgroups: CgroupFacts;
};

/** `told`: what another part says of the same condition as one of these. */
export function nodeConditions(
  health: NodeHealth,
  before: readonly Condition[] | undefined,
  now: Millis,
  told?: Finding,
): Condition[] {
  const { runtime, cgroups } = health;
  const ready: Finding = runtime.ready
    ? { type: 'Ready', status: 'True', reason: 'AgentReady', message: 'the agent is ready to run pods' }
    : { type: 'Ready', status: 'False', reason: 'ContainerRuntimeNotReady', message: runtime.message };
  return withTransitions([joined(degradation(cgroups), told), ready], before, now);
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
