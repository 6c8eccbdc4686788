/** What the runtime is told to run for a container of a pod. Numbers and defaults are the kubelet's. */

import type { Container } from '../../common/model/container.ts';
import type { Pod } from '../../common/model/pod.ts';
import { containerHash } from './container-hash.ts';
import { linuxResources } from './container-resources.ts';
import { expandAll, type Variables } from './env.ts';
import type { NodeFacts } from './node-facts.ts';
import {
  containerHashAnnotation,
  containerNameLabel,
  gracePeriodAnnotation,
  podLabels,
  podNameOf,
  restartCountAnnotation,
} from './pod-labels.ts';
import type { ContainerConfig, Mount } from './runtime-model.ts';
import { containerSecurity } from './security.ts';

export type ContainerInput = {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  /** The image's id. */
  readonly image: string;
  readonly variables: Variables;
  /** Where the pod's volumes are, by name. */
  readonly volumePaths: Readonly<Record<string, string>>;
  /** Files that the agent itself puts into the container. */
  readonly ownMounts: readonly Mount[];
  readonly node: NodeFacts;
};

export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, attempt, image, variables, node } = input;
  return {
    name: container.name,
    attempt,
    image,
    command: expandAll(container.command, variables),
    args: expandAll(container.args, variables),
    ...(container.workingDir === undefined ? {} : { workingDir: container.workingDir }),
    envs: variables,
    mounts: mountsOf(input),
    labels: { ...podLabels(podNameOf(pod)), [containerNameLabel]: container.name },
    annotations: {
      [containerHashAnnotation]: containerHash(container),
      [restartCountAnnotation]: String(attempt),
      [gracePeriodAnnotation]: String(pod.spec.terminationGracePeriodSeconds),
    },
    logPath: containerLogPath(container.name, attempt),
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: linuxResources(pod, container, node),
    security: containerSecurity(pod, container),
  };
}

/** Relative to the pod's log directory. */
const containerLogPath = (container: string, attempt: number) => `${container}/${attempt}.log`;

function mountsOf({ container, volumePaths, ownMounts }: ContainerInput): readonly Mount[] {
  const mounts = (container.volumeMounts ?? []).flatMap(({ name, mountPath, readOnly }): Mount[] => {
    const hostPath = volumePaths[name];
    return hostPath === undefined ? [] : [{ hostPath, containerPath: mountPath, readOnly: readOnly ?? false }];
  });
  const taken = new Set(mounts.map(({ containerPath }) => containerPath));
  return [...mounts, ...ownMounts.filter(({ containerPath }) => !taken.has(containerPath))];
}
