/** What the settings say of the device's health. */

import type { Millis } from '../../../common/lib/time.ts';

export type HealthRules = {
  /** Degrees Celsius; undefined: the board's own. */
  readonly temperatureLimit?: number | undefined;
  /** How long heat and low voltage must be away. */
  readonly quiet: Millis;
};
