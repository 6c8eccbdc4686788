/** What pods use of what may run out, beside what they asked for: what a victim is chosen by. */

import { toBytes } from '../../../common/lib/quantity.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { podTotal } from '../../../common/model/pod-total.ts';
import { podNameOf } from '../pod/pod-labels.ts';
import type { PodName } from '../runtime-model.ts';
import { sourceOf } from '../sources/pod-source.ts';
import type { ContainerUsage, FsUsage, PodUsage, ProcessCount } from '../usage/sweep.ts';

export type Share = { readonly used: number; readonly requested: number };
/** Bytes, or inodes, by what they are for. */
export type DiskShare = { readonly layers: number; readonly logs: number; readonly volumes: number };
export type PodLoad = {
  readonly pod: PodName;
  readonly priority: number;
  /** Static, mirror and critical pods are never ended for the others. */
  readonly isProtected: boolean;
  readonly memory: Share;
  readonly disk: DiskShare;
  readonly diskRequested: number;
  readonly inodes: DiskShare;
  /** With their threads, which take process ids too. */
  readonly processes: number;
  readonly containers: readonly ContainerLoad[];
};
export type ContainerLoad = { readonly name: string; readonly memory: Share; readonly disk: Share };

/** From this priority on a pod is critical: system-cluster-critical. */
const CRITICAL = 2_000_000_000;
const MIRROR = 'kubernetes.io/config.mirror';

/** As the kubelet's IsCriticalPod. */
export function isCritical({ metadata, spec }: Pod): boolean {
  if (sourceOf(metadata.uid ?? '') !== 'master') return true;
  return metadata.annotations?.[MIRROR] !== undefined || (spec.priority ?? 0) >= CRITICAL;
}

/** Pods that run; one that uses nothing yet has nothing to give back. */
export function podLoads(pods: readonly Pod[], usage: readonly PodUsage[]): readonly PodLoad[] {
  const byUid = new Map(usage.map((one) => [one.pod.uid, one]));
  return pods.flatMap((pod) => {
    const used = byUid.get(pod.metadata.uid ?? '');
    return used === undefined ? [] : [loadOf(pod, used)];
  });
}

function loadOf(pod: Pod, usage: PodUsage): PodLoad {
  const { containers } = usage;
  const volumes = usage.volumes.filter(({ medium }) => medium === 'disk');
  const measured = (read: (fs: FsUsage | undefined) => number): DiskShare => ({
    layers: sum(containers.map(({ rootfs }) => read(rootfs))),
    logs: sum(containers.map(({ logs }) => read(logs))),
    volumes: sum(volumes.map(read)),
  });
  const request = (name: string) => podTotal(pod.spec, (container) => requestOf(container, name));
  const specs = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return {
    pod: podNameOf(pod),
    priority: pod.spec.priority ?? 0,
    isProtected: isCritical(pod),
    memory: { used: usage.memory?.workingSetBytes ?? 0, requested: request('memory') },
    disk: measured((fs) => fs?.usedBytes ?? 0),
    diskRequested: request('ephemeral-storage'),
    inodes: measured((fs) => fs?.inodesUsed ?? 0),
    processes: tasksOf(usage.processes) ?? sum(containers.map(({ processes }) => tasksOf(processes) ?? 0)),
    containers: containers.flatMap((one) => {
      const spec = specs.find(({ name }) => name === one.name);
      return spec === undefined ? [] : [containerLoad(spec, one)];
    }),
  };
}

function containerLoad(spec: Container, usage: ContainerUsage): ContainerLoad {
  return {
    name: spec.name,
    memory: { used: usage.memory?.workingSetBytes ?? 0, requested: requestOf(spec, 'memory') },
    disk: {
      used: (usage.rootfs?.usedBytes ?? 0) + (usage.logs?.usedBytes ?? 0),
      requested: requestOf(spec, 'ephemeral-storage'),
    },
  };
}

/** A request that is not made is the limit, as it is defaulted. */
const requestOf = ({ resources }: Container, name: string) =>
  toBytes(resources.requests?.[name] ?? resources.limits?.[name] ?? '0');
const tasksOf = (count: ProcessCount | undefined) => count?.threads ?? count?.processes;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
