/** A node's conditions, with the reasons and thresholds that Kubernetes uses. */

import type { Condition } from '../../common/model/meta.ts';
import { type Finding, withTransitions } from './conditions.ts';
import type { Millis } from './restart.ts';

export type NodeHealth = {
  readonly runtime: { readonly ready: true } | { readonly ready: false; readonly message: string };
  /** Undefined where the device can not tell. */
  readonly usage?:
    | {
        readonly memoryAvailableBytes: number;
        readonly diskAvailableRatio: number;
        readonly pidsAvailableRatio: number;
      }
    | undefined;
};

/** The kubelet's hard eviction thresholds: 100 MiB of memory, a tenth of the disk; and a tenth of the process ids. */
const MEMORY_BYTES = 100 * 1024 * 1024;
const RATIO = 0.1;

export function nodeConditions(health: NodeHealth, before: readonly Condition[] | undefined, now: Millis): Condition[] {
  const { runtime, usage } = health;
  const ready: Finding = runtime.ready
    ? { type: 'Ready', status: 'True', reason: 'AgentReady', message: 'the agent is ready to run pods' }
    : { type: 'Ready', status: 'False', reason: 'ContainerRuntimeNotReady', message: runtime.message };
  if (usage === undefined) return withTransitions([ready], before, now);
  const pressures = [
    pressure('MemoryPressure', usage.memoryAvailableBytes < MEMORY_BYTES, 'Memory', 'memory available'),
    pressure('DiskPressure', usage.diskAvailableRatio < RATIO, 'Disk', 'disk space'),
    pressure('PIDPressure', usage.pidsAvailableRatio < RATIO, 'PID', 'PIDs available'),
  ];
  return withTransitions([...pressures, ready], before, now);
}

function pressure(type: string, holds: boolean, what: string, words: string): Finding {
  return holds
    ? { type, status: 'True', reason: `AgentHasInsufficient${what}`, message: `the node has insufficient ${words}` }
    : { type, status: 'False', reason: `AgentHasSufficient${what}`, message: `the node has sufficient ${words}` };
}
