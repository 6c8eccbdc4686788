/**
 * Which pod is ended first, as the kubelet ranks them. Memory and disk: those over their request, then the lower priority, then
 * the larger amount over the request. Inodes and process ids: the lower priority, then the larger use.
 */

import type { EvictionSignal } from '../../../common/model/config/eviction-thresholds.ts';
import type { DiskShare, PodLoad, Share } from './pod-load.ts';
import { kindOf } from './seen.ts';

/** Negative when `a` goes before `b`. `separateImages`: each file system counts only what is on it. */
export function victimOrder(signal: EvictionSignal, separateImages: boolean): (a: PodLoad, b: PodLoad) => number {
  const kind = kindOf(signal);
  const byPriority = (a: PodLoad, b: PodLoad) => a.priority - b.priority;
  const over = (load: PodLoad) => {
    const { used, requested } = podShare(signal, separateImages, load);
    return used - requested;
  };
  if (kind === 'pids' || kind === 'inodes') return (a, b) => byPriority(a, b) || over(b) - over(a) || byName(a, b);
  return (a, b) => Number(over(b) > 0) - Number(over(a) > 0) || byPriority(a, b) || over(b) - over(a) || byName(a, b);
}

/** What a pod uses of what a signal tells of; of inodes and process ids nothing can be requested. */
export function podShare(signal: EvictionSignal, separateImages: boolean, load: PodLoad): Share {
  const onIt = ({ layers, logs, volumes }: DiskShare): number => {
    if (!separateImages) return layers + logs + volumes;
    return signal.startsWith('nodefs') ? logs + volumes : layers;
  };
  switch (kindOf(signal)) {
    case 'memory':
      return load.memory;
    case 'disk':
      return { used: onIt(load.disk), requested: load.diskRequested };
    case 'inodes':
      return { used: onIt(load.inodes), requested: 0 };
    case 'pids':
      return { used: load.processes, requested: 0 };
  }
}

/** The same answer for the same pods. */
function byName(a: PodLoad, b: PodLoad): number {
  return a.pod.uid < b.pod.uid ? -1 : Number(a.pod.uid > b.pod.uid);
}
