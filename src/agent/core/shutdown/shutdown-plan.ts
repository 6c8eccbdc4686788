/**
 * In which order pods end when the device goes down, and how long each may take. As the kubelet's graceful node shutdown: the
 * pods that are not critical first, then, in time kept for them, the critical ones; here also by their priority among each other.
 */

/** Seconds. `critical` is the part of `total` that is kept for critical pods. */
export type ShutdownPeriods = { readonly total: number; readonly critical: number };
export type PodToEnd = { readonly uid: string; readonly priority: number; readonly graceSeconds: number };
export type Group = { readonly critical: boolean; readonly pods: readonly PodToEnd[] };

/** Kubernetes' system-cluster-critical. */
const CRITICAL = 2_000_000_000;
/** The least that each of the groups still to come is left, as far as there is time. */
const LEAST = 2;

/** Pods of one priority end together, those of the lowest first. */
export function shutdownGroups(pods: readonly PodToEnd[]): readonly Group[] {
  const priorities = [...new Set(pods.map(({ priority }) => priority))].sort((one, other) => one - other);
  return priorities.map((priority) => ({
    critical: priority >= CRITICAL,
    pods: pods.filter((pod) => pod.priority === priority),
  }));
}

/** Seconds that the first of these groups may take, `elapsed` seconds after the shutdown began; never beyond its part of the time. */
export function secondsFor(
  [group, ...later]: readonly Group[],
  elapsed: number,
  { total, critical }: ShutdownPeriods,
): number {
  if (group === undefined) return 0;
  const after = later.filter((other) => other.critical === group.critical).length;
  const hasCritical = group.critical || later.some((other) => other.critical);
  const end = group.critical || !hasCritical ? total : total - critical;
  const left = Math.max(0, end - elapsed);
  return Math.max(left / (after + 1), left - LEAST * after);
}

/** Whole seconds between the signal and SIGKILL. */
export const graceOf = ({ graceSeconds }: PodToEnd, seconds: number): number =>
  Math.max(0, Math.min(graceSeconds, Math.floor(seconds)));

/** The kubelet's words. */
export const shutdownOutcome = {
  reason: 'Terminated',
  message: 'Pod was terminated in response to imminent node shutdown.',
} as const;
export const shuttingDown = {
  type: 'Ready',
  status: 'False',
  reason: 'KubeletNotReady',
  message: 'node is shutting down',
} as const;
