/** What can be wrong with a device: to which condition each belongs, and how long it must be quiet to be over. */

import type { Millis } from '../../../common/lib/time.ts';
import type { HealthCondition } from '../../../common/model/node-conditions.ts';
import { clockSign } from './clock-sign.ts';
import type { HealthReading } from './health-reading.ts';
import type { HealthRules } from './health-rules.ts';
import { heatSign } from './heat-sign.ts';
import { diskErrorSign, fanSign, fileSystemErrorSign, readOnlySign, type Sign, wearSign } from './signs.ts';
import type { Trace } from './trace.ts';
import { voltageSign } from './voltage-sign.ts';

export type Ailment = {
  readonly name: string;
  readonly type: HealthCondition | 'Degraded';
  /** What the sensors say now; undefined where they can not tell. `held`: it was wrong until now. */
  sign(reading: HealthReading, trace: Trace, rules: HealthRules, held: boolean): Sign | undefined;
  /** 0: it is over at once. */
  quiet(rules: HealthRules): Millis;
  /** Whether BestEffort pods are slowed meanwhile. */
  readonly slows?: boolean;
};

const MINUTE: Millis = 60_000;
const atOnce = (): Millis => 0;
const shortly = ({ quiet }: HealthRules): Millis => Math.min(quiet, MINUTE);
const own = ({ quiet }: HealthRules): Millis => quiet;

export const ailments: readonly Ailment[] = [
  { name: 'Heat', type: 'ThermalThrottling', sign: heatSign, quiet: own, slows: true },
  { name: 'Voltage', type: 'UnderVoltage', sign: voltageSign, quiet: own, slows: true },
  { name: 'Wear', type: 'StorageWear', sign: wearSign, quiet: atOnce },
  { name: 'Clock', type: 'ClockUnsynced', sign: clockSign, quiet: atOnce },
  { name: 'ReadOnly', type: 'ReadOnlyFilesystem', sign: readOnlySign, quiet: shortly },
  { name: 'FileSystem', type: 'Degraded', sign: fileSystemErrorSign, quiet: shortly },
  { name: 'Disk', type: 'Degraded', sign: diskErrorSign, quiet: shortly },
  { name: 'Fan', type: 'Degraded', sign: fanSign, quiet: shortly },
];
