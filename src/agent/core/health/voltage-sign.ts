/** Whether the device gets too little voltage. Pure. */

import type { HealthReading } from './health-reading.ts';
import { bad, type Sign, well } from './signs.ts';
import type { Trace } from './trace.ts';

/** Undefined where nothing tells. */
export function voltageSign({ underVoltage, firmware }: HealthReading, { noticed }: Trace): Sign | undefined {
  if (underVoltage === undefined && firmware === undefined) return undefined;
  return underVoltage || firmware?.now.underVoltage || noticed.underVoltage
    ? bad(
        'UnderVoltageDetected',
        'the supply voltage is too low, which slows the device down and may crash it: use the official power supply and a short cable, and give USB devices power of their own',
      )
    : well('VoltageSufficient', 'the supply voltage is sufficient');
}
