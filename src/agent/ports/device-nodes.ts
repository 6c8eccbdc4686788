/** The device nodes of this machine that pods can ask for. */

import type { DeviceUnit } from '../core/devices/assignment.ts';

export type { DeviceUnit } from '../core/devices/assignment.ts';

export interface DeviceNodes {
  /** Names of all resources that the settings know, present or not. */
  readonly resources: readonly string[];
  /** The units that are there now; what is unplugged is not among them. Never rejects. */
  present(): Promise<readonly DeviceUnit[]>;
}
