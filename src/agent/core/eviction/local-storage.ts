/** Pods that use more of the node's disk than they allow themselves: they are ended for it, in the kubelet's words. */

import { formatQuantity, toBytes } from '../../../common/lib/quantity.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { podTotal } from '../../../common/model/pod-total.ts';
import type { FsUsage, PodUsage } from '../usage/sweep.ts';
import { isCritical } from './pod-load.ts';

const STORAGE = 'ephemeral-storage';
const limitOf = ({ resources }: Pod['spec']['containers'][number]) => resources.limits?.[STORAGE];

/** Whether anything of the pod has such a limit. */
export function limitsStorage(pod: Pod): boolean {
  const volumes = (pod.spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined);
  return !isCritical(pod) && (volumes || pod.spec.containers.some((container) => limitOf(container) !== undefined));
}

/** `signal` as the kubelet's metric calls it. */
type Bound = {
  readonly used: number;
  readonly limit: number;
  readonly signal: 'emptydirfs.limit' | 'ephemeralpodfs.limit' | 'ephemeralcontainerfs.limit';
  readonly message: string;
};

/** Why the pod is ended; undefined while it keeps to its limits. */
export function storageExcess(pod: Pod, usage: PodUsage): Pick<Bound, 'signal' | 'message'> | undefined {
  return bounds(pod, usage).find(({ used, limit }) => used > limit);
}

/** How much of the limit it comes closest to is used: from 0 to 1 and beyond. */
export function storageShare(pod: Pod, usage: PodUsage): number {
  return Math.max(0, ...bounds(pod, usage).map(({ used, limit }) => used / limit));
}

function bounds(pod: Pod, usage: PodUsage): readonly Bound[] {
  if (isCritical(pod)) return [];
  const all = [...volumeBounds(pod, usage), ...podBound(pod, usage), ...containerBounds(pod, usage)];
  return all.filter(({ limit }) => limit > 0);
}

function volumeBounds({ spec }: Pod, { volumes }: PodUsage): readonly Bound[] {
  return (spec.volumes ?? []).flatMap(({ name, emptyDir }): Bound[] => {
    const text = emptyDir?.sizeLimit;
    const used = volumes.find((volume) => volume.name === name)?.usedBytes;
    if (text === undefined || used === undefined) return [];
    const message = `Usage of EmptyDir volume "${name}" exceeds the limit "${text}". `;
    return [{ used, limit: toBytes(text), signal: 'emptydirfs.limit', message }];
  });
}

/** As the kubelet has it: the limits that containers have, together, bound the whole pod. */
function podBound({ spec }: Pod, { containers, volumes }: PodUsage): readonly Bound[] {
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  if (!all.some((container) => limitOf(container) !== undefined)) return [];
  const limit = podTotal(spec, (container) => toBytes(limitOf(container) ?? '0'));
  const onDisk = volumes.filter(({ medium }) => medium === 'disk');
  const used = bytes(...containers.flatMap(({ rootfs, logs }) => [rootfs, logs]), ...onDisk);
  const text = formatQuantity({ nanos: BigInt(limit) * 1_000_000_000n, format: 'BinarySI' });
  const message = `Pod ephemeral local storage usage exceeds the total limit of containers ${text}. `;
  return [{ used, limit, signal: 'ephemeralpodfs.limit', message }];
}

function containerBounds({ spec }: Pod, { containers }: PodUsage): readonly Bound[] {
  return spec.containers.flatMap((container): Bound[] => {
    const text = limitOf(container);
    const usage = containers.find(({ name }) => name === container.name);
    if (text === undefined || usage === undefined) return [];
    const message = `Container ${container.name} exceeded its local ephemeral storage limit "${text}". `;
    const used = bytes(usage.rootfs, usage.logs);
    return [{ used, limit: toBytes(text), signal: 'ephemeralcontainerfs.limit', message }];
  });
}

const bytes = (...parts: readonly (FsUsage | undefined)[]) =>
  parts.reduce((total, part) => total + (part?.usedBytes ?? 0), 0);
