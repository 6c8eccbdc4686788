/** How far a rollout may go beyond and below the wanted number of pods. */

import { rollingLimits } from '../../common/lib/int-or-percent.ts';
import type { Deployment } from '../../common/model/deployment.ts';

/** Both in pods. */
export type Limits = { readonly surge: number; readonly unavailable: number };

/** The limits of a Deployment; Recreate goes without extra pods and may lose all. */
export function limitsOf(deployment: Deployment): Limits {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type === 'Recreate') return { surge: 0, unavailable: replicas };
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy.rollingUpdate ?? {};
  const { surge, unavailable } = rollingLimits(maxSurge, maxUnavailable, replicas);
  return { surge, unavailable: Math.min(replicas, unavailable) };
}
