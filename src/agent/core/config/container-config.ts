/** What the runtime is told to run for a container of a pod. Numbers and defaults are the kubelet's. */

import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { Volume } from '../../../common/model/volume.ts';
import { type Assignment, devicesAnnotation, variableOf } from '../devices/assignment.ts';
import type { NodeFacts } from '../node/node-facts.ts';
import { containerHash } from '../pod/container-hash.ts';
import {
  containerHashAnnotation,
  containerNameLabel,
  endsAnnotation,
  gracePeriodAnnotation,
  imageAnnotation,
  messagePolicyAnnotation,
  podLabels,
  podNameOf,
  resourcesAnnotation,
  restartCountAnnotation,
} from '../pod/pod-labels.ts';
import type { ReadyImage } from '../pod/pod-memory.ts';
import type { ContainerConfig, Mount } from '../runtime-model.ts';
import { linuxResources } from './container-resources.ts';
import { expandAll, type Variables } from './env.ts';
import { containerSecurity } from './security.ts';

export type ContainerInput = {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  /** How many attempts before it have ended in a row. */
  readonly ends: number;
  readonly image: Pick<ReadyImage, 'id' | 'uid' | 'username'>;
  readonly variables: Variables;
  /** Where the pod's volumes are, by name. */
  readonly volumePaths: Readonly<Record<string, string>>;
  /** Where the parts of volumes are that single mounts show, by the index of the mount. */
  readonly subPaths: ReadonlyMap<number, string>;
  /** Files that the agent itself puts into the container. */
  readonly ownMounts: readonly Mount[];
  readonly node: NodeFacts;
  /** The devices that it was given; the nodes behind the paths that it sees. */
  readonly devices?: { readonly paths: Assignment; readonly nodes: ReadonlyMap<string, string> } | undefined;
};

export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, attempt, image, node, devices } = input;
  const given = Object.entries(devices?.paths ?? {});
  const told = given.map(([resource, paths]) => ({ key: variableOf(resource), value: paths.join(',') }));
  // What the pod says itself counts.
  const variables = [...told.filter(({ key }) => !input.variables.some((one) => one.key === key)), ...input.variables];
  const devicePaths = given.flatMap(([, paths]) => paths);
  return {
    name: container.name,
    attempt,
    image: image.id,
    command: expandAll(container.command, variables),
    args: expandAll(container.args, variables),
    ...(container.workingDir === undefined ? {} : { workingDir: container.workingDir }),
    envs: variables,
    mounts: mountsOf(input),
    ...(devicePaths.length > 0 && {
      devices: devicePaths.map((path) => ({ hostPath: devices?.nodes.get(path) ?? path, containerPath: path })),
    }),
    labels: { ...podLabels(podNameOf(pod)), [containerNameLabel]: container.name },
    annotations: {
      [containerHashAnnotation]: containerHash(container),
      [restartCountAnnotation]: String(attempt),
      [gracePeriodAnnotation]: String(pod.spec.terminationGracePeriodSeconds),
      [messagePolicyAnnotation]: container.terminationMessagePolicy,
      [endsAnnotation]: String(input.ends),
      [imageAnnotation]: container.image,
      [resourcesAnnotation]: JSON.stringify(container.resources),
      ...(devicePaths.length > 0 && { [devicesAnnotation]: JSON.stringify(devices?.paths) }),
    },
    logPath: containerLogPath(container.name, attempt),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: linuxResources(pod, container, node),
    security: containerSecurity(pod, container, image),
  };
}

/** Relative to the pod's log directory. */
export const containerLogPath = (container: string, attempt: number) => `${container}/${attempt}.log`;

const propagations = { None: 'PRIVATE', HostToContainer: 'HOST_TO_CONTAINER', Bidirectional: 'BIDIRECTIONAL' } as const;

function mountsOf({ pod, container, volumePaths, subPaths, ownMounts }: ContainerInput): readonly Mount[] {
  const shown = new Set((pod.spec.volumes ?? []).filter(showsObjects).map(({ name }) => name));
  const mounts = (container.volumeMounts ?? []).flatMap((mount, index): Mount[] => {
    const hostPath = subPaths.get(index) ?? volumePaths[mount.name];
    if (hostPath === undefined) return [];
    const propagation = propagations[mount.mountPropagation ?? 'None'];
    const readOnly = shown.has(mount.name) || (mount.readOnly ?? false);
    return [{ hostPath, containerPath: mount.mountPath, readOnly, propagation }];
  });
  const taken = new Set(mounts.map(({ containerPath }) => containerPath));
  return [...mounts, ...ownMounts.filter(({ containerPath }) => !taken.has(containerPath))];
}

/** As with the kubelet, no container writes into volumes that show objects of the API. */
const showsObjects = ({ configMap, secret, downwardAPI, projected }: Volume) =>
  [configMap, secret, downwardAPI, projected].some((source) => source !== undefined);
