/** How much of something a pod takes at most at one time, from what each of its containers takes. */

import type { Container } from './container.ts';
import type { PodSpec } from './pod-spec.ts';

/**
 * Containers and sidecars run side by side. An init container runs alone but for the sidecars before it, so the pod needs the
 * larger of the two sums (Kubernetes' resource sharing within containers, KEP-753).
 */
export function podTotal(
  spec: Pick<PodSpec, 'containers' | 'initContainers'>,
  amountOf: (container: Container) => number,
): number {
  let sidecars = 0;
  let starting = 0;
  for (const container of spec.initContainers ?? []) {
    const amount = amountOf(container);
    if (container.restartPolicy === 'Always') sidecars += amount;
    starting = Math.max(starting, container.restartPolicy === 'Always' ? sidecars : sidecars + amount);
  }
  const running = spec.containers.reduce((sum, container) => sum + amountOf(container), sidecars);
  return Math.max(starting, running);
}
