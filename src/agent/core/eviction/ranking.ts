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
  const onIt = ({ layers, logs, volumes }: DiskShare): number => {
    if (!separateImages) return layers + logs + volumes;
    return signal.startsWith('nodefs') ? logs + volumes : layers;
  };
  const byPriority = (a: PodLoad, b: PodLoad) => a.priority - b.priority;
  if (kind === 'pids') return (a, b) => byPriority(a, b) || b.processes - a.processes || byName(a, b);
  if (kind === 'inodes') return (a, b) => byPriority(a, b) || onIt(b.inodes) - onIt(a.inodes) || byName(a, b);
  const share = ({ memory, disk, diskRequested }: PodLoad): Share =>
    kind === 'memory' ? memory : { used: onIt(disk), requested: diskRequested };
  const over = (load: PodLoad) => share(load).used - share(load).requested;
  return (a, b) => Number(over(b) > 0) - Number(over(a) > 0) || byPriority(a, b) || over(b) - over(a) || byName(a, b);
}

/** The same answer for the same pods. */
function byName(a: PodLoad, b: PodLoad): number {
  return a.pod.uid < b.pod.uid ? -1 : Number(a.pod.uid > b.pod.uid);
}
