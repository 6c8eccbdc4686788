/** The device's sensors. */

import type { HealthReading } from '../core/health/health-reading.ts';

export type {
  ClockReading,
  FileSystem,
  FirmwareThrottling,
  HealthReading,
  Temperature,
  ThrottlingBits,
  Wireless,
} from '../core/health/health-reading.ts';

export interface HealthSensors {
  /** Reads what there is, a few small files of the kernel's; what is not there or can not be read is left out. Never throws. */
  read(): HealthReading;
}
