/** What the subresource resize may change in a pod: cpu and memory of its containers and sidecars. */
import { deepEqual } from '../../lib/deep.ts';
import type { Container } from '../container.ts';
import type { Pod } from '../pod.ts';
import type { PodSpec } from '../pod-spec.ts';
import { qosOf } from '../qos.ts';
import { mirrorOf } from '../static-pods.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue } from './cause.ts';
import { isSidecar } from './container.ts';

const lists = ['containers', 'initContainers'] as const;

/** What is wrong with a resize of a pod, in Kubernetes' words. */
export function resizeChangeCauses(next: Pod, stored: Pod): StatusCause[] {
  if (mirrorOf(stored) !== undefined) {
    return [forbiddenField('spec', 'static pods cannot be resized')];
  }
  const misplaced = lists.flatMap((list) => orderCauses(next.spec[list], stored.spec[list], `spec.${list}`));
  if (misplaced.length > 0) return misplaced;
  const causes = lists.flatMap((list) =>
    (next.spec[list] ?? []).flatMap((container, i) => {
      const before = stored.spec[list]?.[i] ?? container;
      return containerCauses(container, before, `spec.${list}[${i}]`, list === 'initContainers');
    }),
  );
  const qos = qosOf(next);
  if (qos !== qosOf(stored)) {
    causes.push(invalidValue('spec', qos, 'Pod QOS Class may not change as a result of resizing'));
  }
  if (!deepEqual(withResourcesOf(next.spec, stored.spec), stored.spec)) {
    causes.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  }
  return causes;
}

function orderCauses(next: readonly Container[] = [], stored: readonly Container[] = [], at: string): StatusCause[] {
  if (next.length !== stored.length) return [forbiddenField(at, 'containers may not be added or removed on resize')];
  if (next.every(({ name }, i) => name === stored[i]?.name)) return [];
  return [forbiddenField(at, 'containers may not be renamed or reordered on resize')];
}

function containerCauses(next: Container, stored: Container, at: string, isInit: boolean): StatusCause[] {
  if (isInit && !isSidecar(stored) && !deepEqual(next.resources, stored.resources)) {
    return [forbiddenField(`${at}.resources`, 'resources for non-sidecar init containers are immutable')];
  }
  const others = ({ resources }: Container) =>
    (['requests', 'limits'] as const).map((part) =>
      Object.fromEntries(Object.entries(resources[part] ?? {}).filter(([name]) => name !== 'cpu' && name !== 'memory')),
    );
  if (!deepEqual(others(next), others(stored))) {
    return [forbiddenField(`${at}.resources`, 'only cpu and memory resources are mutable')];
  }
  return (['requests', 'limits'] as const)
    .filter((part) => Object.keys(stored.resources[part] ?? {}).some((name) => !next.resources[part]?.[name]))
    .map((part) => forbiddenField(`${at}.resources.${part}`, `resource ${part} cannot be removed`));
}

/** The spec with the resources of another one, whose containers stand in the same order. */
function withResourcesOf(spec: PodSpec, other: PodSpec): PodSpec {
  const containers = (list: (typeof lists)[number]) =>
    (spec[list] ?? []).map((container, i) => ({
      ...container,
      resources: other[list]?.[i]?.resources ?? container.resources,
    }));
  return {
    ...spec,
    containers: containers('containers'),
    ...(spec.initContainers && { initContainers: containers('initContainers') }),
  };
}
