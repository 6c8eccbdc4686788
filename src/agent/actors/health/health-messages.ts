/** What the health actor answers to others. */

import type { Asks } from '../../../common/actor/types.ts';
import type { HealthReading } from '../../core/health/health-reading.ts';

export type HealthAnswer = {
  /** The last look at the sensors, at most a few seconds old. */
  readonly reading: HealthReading;
  /** Conditions that hold: their types. */
  readonly ailing: readonly string[];
  /** Whether BestEffort pods are slowed. */
  readonly slowed: boolean;
};

export type HealthQuestion = { readonly type: 'health' } & Asks<HealthAnswer>;
