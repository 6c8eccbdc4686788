/** In-place resize: whether a container runs with the cpu and memory of its spec, and what a change does (KEP-1287). */

import { compareQuantities, quantityOf } from '../../../common/lib/quantity.ts';
import { type Container, type ResourceRequirements, resourcesSchema } from '../../../common/model/container.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import type { RuntimeContainer } from '../runtime-model.ts';
import { statusOfId } from './known-status.ts';
import { resourcesAnnotation } from './pod-labels.ts';
import type { Run } from './pod-memory.ts';

export type Resize = 'none' | 'in-place' | 'restart';

/** What has to be done so that a container runs with the resources of its spec. */
export function resizeOf(spec: Container, run: Run | undefined): Resize {
  const has = run?.resources;
  if (has === undefined) return 'none';
  const changed = (['cpu', 'memory'] as const).filter(
    (name) =>
      has.limits?.[name] !== spec.resources.limits?.[name] || has.requests?.[name] !== spec.resources.requests?.[name],
  );
  if (changed.length === 0) return 'none';
  const restarts = changed.some((name) =>
    spec.resizePolicy?.some((rule) => rule.resourceName === name && rule.restartPolicy === 'RestartContainer'),
  );
  return restarts ? 'restart' : 'in-place';
}

/**
 * Whether the pod's group must be widened before the container's. A group of cgroup v1 may not have more CPU time than the
 * one that it is in, whichever of them is changed.
 */
export function widens(spec: Container, run: Run | undefined): boolean {
  const before = run?.resources?.limits?.['cpu'];
  const after = spec.resources.limits?.['cpu'];
  if (before === undefined) return false;
  return after === undefined || compareQuantities(quantityOf(after), quantityOf(before)) > 0;
}

/** The resources that a container found in the runtime has: by the last status, else as it was made. */
export function madeWith(container: RuntimeContainer, before: PodStatus | undefined): ResourceRequirements | undefined {
  const known = statusOfId(before, container)?.resources;
  if (known !== undefined) return known;
  const noted = container.annotations[resourcesAnnotation];
  if (noted === undefined) return undefined;
  try {
    const parsed = resourcesSchema.safeParse(JSON.parse(noted));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Made by another agent, with another meaning of the annotation.
    return undefined;
  }
}
