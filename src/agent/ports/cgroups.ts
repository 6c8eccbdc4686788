/** Control groups of the device's kernel. */

import type { CgroupFacts, PodLimits } from '../core/config/cgroup.ts';

export type { CgroupDriver, CgroupFacts, PodLimits } from '../core/config/cgroup.ts';

/**
 * - `busy`: the kernel refuses the limit now, such as one below what is used
 * - `failed`: a file of the group can not be made or written
 */
export class CgroupsError extends Error {
  override readonly name = 'CgroupsError';
  readonly code: 'busy' | 'failed';

  constructor(code: 'busy' | 'failed', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Groups for pods. A group is named by its path below that of all pods. Whatever fails rejects with CgroupsError. */
export interface Cgroups {
  /** Read once, at start. */
  readonly facts: CgroupFacts;
  /** Most processes and threads of a pod, by the node's settings; undefined: as many as there are. */
  readonly podPidsLimit: number | undefined;
  /**
   * Makes a group, or brings its limits up to date; answers with the name under which the runtime puts containers there,
   * undefined where the settings want no groups for pods. Rejects with the runtime's CriError when it can not be asked
   * which driver it uses.
   */
  place(path: readonly string[], limits: PodLimits): Promise<string | undefined>;
  /** Removes a group when nothing is left in it; one that is not there is removed already. */
  remove(path: readonly string[]): Promise<void>;
  /** The uids of the pods that have a group; none where another one makes the groups. */
  pods(): Promise<readonly string[]>;
  /**
   * Bounds all BestEffort pods together: microseconds of CPU time in each period of 100 ms, undefined for no bound. The
   * kernel keeps the bound when the agent ends; the next one keeps it until it is told otherwise.
   */
  limitBestEffort(cpuQuota: number | undefined): Promise<void>;
}
