/** The device, as the agent's actors ask about it. */

import type { NodeStatus } from '../../common/model/node.ts';
import type { Labels } from '../core/runtime-model.ts';

export type { Amounts } from '../core/node/reserved.ts';

/** What the device is: read at start and when asked. */
export interface Host {
  /** Capacity, allocatable, addresses, nodeInfo; `labels` are the well-known ones and the board's model. */
  describe(): Promise<{ readonly status: NodeStatus; readonly labels: Labels }>;
  /** The resolver's configuration of the device. */
  resolvConf(): Promise<{
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  }>;
  /** The device's /etc/hosts; empty when it has none. */
  hostsFile(): Promise<string>;
  /** Sends a signal, by its name, to a process of the node; one that has ended is none. */
  signal(pid: number, signal: string): void;
}
