/** How pods end when the device goes down. Names and meanings are the kubelet's. */

import * as z from 'zod';
import { parseDuration } from '../../lib/duration.ts';

const period = z
  .string()
  .refine((text) => (parseDuration(text) ?? -1) >= 0, 'must be a duration such as 30s or 2m, or 0 for none')
  .refine((text) => (parseDuration(text) ?? 0) <= 3_600_000, 'must be one hour at most');

/** That the second is a part of the first is checked where the agent starts. */
export const shutdownSettings = {
  shutdownGracePeriod: period
    .default('30s')
    .describe('How long a shutdown of the device waits for pods to end, all of them together; 0: not at all'),
  shutdownGracePeriodCriticalPods: period
    .optional()
    .describe('The part of shutdownGracePeriod that is kept for critical pods; a third of it when absent'),
};
