/** The settings of a shutdown, checked together. */

import { parseDuration } from '../../common/lib/duration.ts';
import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import { SettingsError } from '../../common/process/load-settings.ts';
import type { ShutdownPeriods } from '../core/shutdown/shutdown-plan.ts';

/** In seconds. Throws SettingsError. */
export function shutdownPeriods(
  settings: Pick<AgentSettings, 'shutdownGracePeriod' | 'shutdownGracePeriodCriticalPods'>,
): ShutdownPeriods {
  const { shutdownGracePeriod, shutdownGracePeriodCriticalPods } = settings;
  const total = secondsOf(shutdownGracePeriod);
  const critical =
    shutdownGracePeriodCriticalPods === undefined ? total / 3 : secondsOf(shutdownGracePeriodCriticalPods);
  if (total > 0 && critical > total) {
    const found = `found ${shutdownGracePeriodCriticalPods} of ${shutdownGracePeriod}`;
    throw new SettingsError(`shutdownGracePeriodCriticalPods: must be at most shutdownGracePeriod; ${found}`);
  }
  return { total, critical };
}

const secondsOf = (text: string): number => (parseDuration(text) ?? 0) / 1000;
