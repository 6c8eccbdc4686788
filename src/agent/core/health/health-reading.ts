/** What one look at the device's sensors found. What the device does not tell is absent: never a guess. */

import type { Millis } from '../../../common/lib/time.ts';
import type { NodeDevice } from '../../../common/model/node.ts';

/** A sensor of the processor or of something else that can get hot. */
export type Temperature = {
  /** As the kernel names it: `cpu-thermal`. */
  readonly zone: string;
  /** Whether it is the processor's. */
  readonly processor: boolean;
  readonly celsius: number;
  /** From where on the kernel slows the processor down: the lowest trip point of type passive or hot. */
  readonly slowedFrom?: number;
};

/** Bits of the Raspberry Pi's firmware. `now` holds; `since` was noticed since somebody asked the firmware last. */
export type ThrottlingBits = {
  readonly underVoltage: boolean;
  readonly frequencyCapped: boolean;
  readonly throttled: boolean;
  readonly softLimit: boolean;
};
export type FirmwareThrottling = { readonly now: ThrottlingBits; readonly since: ThrottlingBits };

export type Fan = {
  readonly name: string;
  readonly rpm: number;
  /** How fast it shall turn, 0 to 100. */
  readonly dutyPercent?: number;
};

export type PowerSupply = {
  readonly name: string;
  /** Mains, USB, Battery, UPS, … */
  readonly type: string;
  readonly online?: boolean;
  /** Charging, Discharging, Full, … */
  readonly status?: string;
  readonly capacityPercent?: number;
};

export type Wireless = { readonly name: string; readonly signalDbm: number };

/** Whether it can be written: at this place, and as a whole. A kernel that finds an error makes the whole read-only. */
export type FileSystem = {
  readonly path: string;
  readonly mount: 'rw' | 'ro';
  readonly whole: 'rw' | 'ro' | 'emergency_ro';
};

/** Errors that the kernel has counted: since the last check of an ext4 file system, or since a disk was plugged in. */
export type ErrorCount = { readonly name: string; readonly kind: 'filesystem' | 'disk'; readonly count: number };

export type ClockReading = {
  /** The wall clock, milliseconds since 1970. */
  readonly wall: Millis;
  /** The time can not be before this one: when it was last known to be right, or when this version was made. */
  readonly notBefore: Millis;
  /** systemd-timesyncd has heard a time server since the boot. Absent where it does not run. */
  readonly timesyncd?: boolean;
  /** Another time service runs, which only tells those who ask it. */
  readonly otherService?: 'chrony' | 'ntpd';
  /** Of a clock with a battery: its time, milliseconds since 1970. */
  readonly rtc?: Millis;
  /** Since the device was booted. */
  readonly uptime: Millis;
};

export type HealthReading = {
  readonly temperatures: readonly Temperature[];
  readonly firmware?: FirmwareThrottling;
  /** rpi_volt: whether the voltage was too low since it was last looked at, within two seconds. */
  readonly underVoltage?: boolean;
  /** How far the kernel holds the processor's frequency down because of heat; 0: not at all. */
  readonly processorCooling?: number;
  readonly cpuHertz?: { readonly now: number; readonly most: number };
  readonly fans: readonly Fan[];
  readonly powerSupplies: readonly PowerSupply[];
  readonly wireless: readonly Wireless[];
  readonly storage: NonNullable<NodeDevice['storage']>;
  /** That of the agent's data and the root. */
  readonly fileSystems: { readonly data?: FileSystem; readonly root?: FileSystem };
  readonly errors: readonly ErrorCount[];
  readonly clock: ClockReading;
  readonly device: Pick<NodeDevice, 'model' | 'revision' | 'pageSizeBytes' | 'powerSupplyMilliamps'>;
};
