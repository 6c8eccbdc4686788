/** Whether a running container has started, and is ready: by its hook, its probes and how long it runs. */

import type { Millis } from '../../../common/lib/time.ts';
import type { Container } from '../../../common/model/container.ts';
import type { RuntimeContainerStatus } from '../runtime-model.ts';
import type { ContainerHealth } from './container-health.ts';
import type { ObservedPod } from './observed-pod.ts';
import type { PodMemory } from './pod-memory.ts';

/**
 * A container without a readiness probe counts as ready once it has run for this long, so that one that ends at once
 * never was: a rollout would take it for a good one and end what it replaces. The kubelet's second between listings
 * has the same effect.
 */
const settling: Millis = 1_000;

/** Its postStart hook is done and its startup probe has succeeded, as far as it has them. */
export function hasStarted(spec: Container, container: RuntimeContainerStatus, memory: PodMemory): boolean {
  if (container.state !== 'running' || isInHook(container, memory)) return false;
  return healthOf(container, memory)?.started ?? spec.startupProbe === undefined;
}

export function isReady(spec: Container, container: RuntimeContainerStatus, memory: PodMemory, now: Millis): boolean {
  if (!hasStarted(spec, container, memory)) return false;
  if (spec.readinessProbe !== undefined) return healthOf(container, memory)?.ready ?? false;
  return now >= settledAt(container, memory);
}

/** What the probes say of just this attempt. */
export function healthOf({ id, name }: RuntimeContainerStatus, memory: PodMemory): ContainerHealth | undefined {
  const health = memory.health[name];
  return health?.id === id ? health : undefined;
}

/** Its postStart hook is not over, or has failed. */
export function isInHook({ id, name }: RuntimeContainerStatus, { runs }: PodMemory): boolean {
  const run = runs[name];
  return run?.id === id && run.hook !== undefined;
}

function settledAt({ id, name }: RuntimeContainerStatus, { runs }: PodMemory): Millis {
  const run = runs[name];
  return run?.id === id && run.since !== undefined ? run.since + settling : Infinity;
}

/** When the next of the running containers is to be looked at again, because it may be ready then. */
export function settlesAt(observed: ObservedPod, memory: PodMemory, now: Millis): Millis | undefined {
  const times = observed.containers
    .filter(({ state }) => state === 'running')
    .map((container) => settledAt(container, memory))
    .filter((at) => at > now && at < Infinity);
  return times.length === 0 ? undefined : Math.min(...times);
}
