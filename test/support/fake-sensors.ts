/** Sensors that say what a test wants; at first those of a device that tells nothing of its health. */

import type { HealthReading } from '../../src/agent/core/health/health-reading.ts';
import type { HealthSensors } from '../../src/agent/ports/health.ts';

const START = 1_767_225_600_000;

/** A reading that says only what is given. */
export function aReading(part: Partial<HealthReading> = {}): HealthReading {
  return {
    ...{ temperatures: [], fans: [], powerSupplies: [], wireless: [], storage: [], fileSystems: {}, errors: [] },
    ...{ clock: { wall: START, notBefore: START, uptime: 0 }, device: {} },
    ...part,
  };
}

export class FakeSensors implements HealthSensors {
  reading: HealthReading = aReading();
  read = () => this.reading;
}
