/** The settings of eviction, checked together. */

import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import { SettingsError } from '../../common/process/load-settings.ts';
import { evictionRules, type Rules } from '../core/eviction/rules.ts';

/** When pods are evicted. Throws SettingsError. */
export function evictionRulesOf(settings: AgentSettings): Rules {
  const rules = evictionRules(settings);
  if (!rules.ok) throw new SettingsError(rules.message);
  return rules.value;
}
