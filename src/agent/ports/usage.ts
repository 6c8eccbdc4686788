/** What the device and its pods use, as the agent's actors ask for it. */

import type { PodSubject } from '../core/usage/subjects.ts';
import type { Readings } from '../core/usage/sweep.ts';

export type { ContainerSubject, PodSubject } from '../core/usage/subjects.ts';
export type {
  ContainerUsage,
  CpuUsage,
  DiskIo,
  FsUsage,
  GroupUsage,
  InterfaceUsage,
  MemoryUsage,
  NodeUsage,
  PodUsage,
  Pressure,
  ProcessCount,
  Readings,
  Stall,
  SystemUsage,
} from '../core/usage/sweep.ts';

/** `failed`: what every device has can not be read, such as the file system of the volumes; `message` says what. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: 'failed';

  constructor(code: 'failed', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface Usage {
  /**
   * Counters as they are now of the node, of the parts of the system and of these pods; what has ended meanwhile, and what
   * this kernel or runtime does not tell, is left out. Volumes, logs and writable layers are read from the disk once a minute
   * at most, and with `fresh`. Pods that are not asked for any more are forgotten. Rejects with UsageError. One at a time.
   */
  read(pods: readonly PodSubject[], disk: 'kept' | 'fresh'): Promise<Readings>;
  /** Gives back what is held open. */
  close(): void;
}
