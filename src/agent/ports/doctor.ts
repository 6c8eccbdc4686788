/** What the doctor's program touches: the facts of a device, and the repairs of it. */

import type { DeviceFacts } from '../core/doctor/device-facts.ts';
import type { Repairs } from '../core/doctor/repairs.ts';

export type {
  CniFacts,
  DeviceFacts,
  DiskFacts,
  KernelFacts,
  ModuleState,
  NatsAnswer,
  OtherNode,
  RuntimeFacts,
  TextFile,
} from '../core/doctor/device-facts.ts';
export type { FileChange, Repairs } from '../core/doctor/repairs.ts';

/** A repair that could not be made; what stood before it stands as it was. */
export class RepairError extends Error {
  override readonly name = 'RepairError';
}

export interface Patient {
  /** Looks at everything, anew at each call. Takes some seconds at most. */
  facts(): Promise<DeviceFacts>;
  /** Makes the changes, one after the other; answers with what was done beside the files. Rejects with RepairError. */
  repair(repairs: Repairs): Promise<readonly string[]>;
}
