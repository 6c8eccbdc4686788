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

/** What was done, and what could not be: there all is as it was. Sentences for people. */
export type Repaired = { readonly done: readonly string[]; readonly failed: readonly string[] };

export interface Patient {
  /** Looks at everything, anew at each call. Takes some seconds at most. */
  facts(): Promise<DeviceFacts>;
  /** Makes the changes, one after the other: one that fails is no reason to leave out the next. */
  repair(repairs: Repairs): Promise<Repaired>;
}
