/** What an agent's settings say of what it removes by itself; settings that contradict each other are refused. */

import { parseDuration } from '../../common/lib/duration.ts';
import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import { SettingsError } from '../../common/process/load-settings.ts';
import type { GcLimits } from '../actors/gc/gc.ts';

/** Throws SettingsError. */
export function gcLimitsOf(settings: AgentSettings): GcLimits {
  const { imageGCHighThresholdPercent: highPercent, imageGCLowThresholdPercent: lowPercent } = settings;
  if (lowPercent >= highPercent) {
    const problem = `must be below imageGCHighThresholdPercent, which is ${highPercent}; found ${lowPercent}`;
    throw new SettingsError(`imageGCLowThresholdPercent: ${problem}`);
  }
  const minAge = parseDuration(settings.imageMinimumGCAge) ?? 0;
  const maxAge = parseDuration(settings.imageMaximumGCAge) ?? 0;
  if (maxAge !== 0 && maxAge <= minAge) {
    const problem = `must be 0 or more than imageMinimumGCAge, which is ${settings.imageMinimumGCAge}`;
    throw new SettingsError(`imageMaximumGCAge: ${problem}; found ${settings.imageMaximumGCAge}`);
  }
  return {
    images: { highPercent, lowPercent, minAge, maxAge },
    dead: { perContainer: settings.maximumDeadContainersPerContainer, total: settings.maximumDeadContainers },
  };
}
