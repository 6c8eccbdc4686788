/** What is kept from pods, and when the node ends pods before it runs out. Names and texts are the kubelet's. */

import * as z from 'zod';
import { parseDuration } from '../../lib/duration.ts';
import {
  type Read,
  readGracePeriods,
  readMinimumReclaim,
  readReserved,
  readThresholds,
} from './eviction-thresholds.ts';
import { flag } from './fields.ts';

/** The kubelet's thresholds where evictionHard is not set. */
export const defaultEvictionHard =
  'memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%';

const readBy = (read: (text: string) => Read<unknown>) =>
  z.string().superRefine((text, context) => {
    const result = read(text);
    if (!result.ok) context.addIssue({ code: 'custom', message: result.message });
  });

/** When pods are evicted. What depends on several of them is checked in the agent's core (eviction/rules.ts). */
export const evictionSettings = {
  evictionHard: readBy(readThresholds)
    .default(defaultEvictionHard)
    .describe('Thresholds at which a pod is ended at once: SIGNAL<QUANTITY,SIGNAL<PERCENT%; empty for none'),
  mergeDefaultEvictionSettings: flag
    .default(false)
    .describe('Keep the default of each signal that evictionHard does not name, instead of none'),
  evictionSoft: readBy(readThresholds)
    .default('')
    .describe('Thresholds at which a pod is ended once they were met for their evictionSoftGracePeriod'),
  evictionSoftGracePeriod: readBy(readGracePeriods)
    .default('')
    .describe('Of each threshold of evictionSoft, how long it has to be met: memory.available=1m30s,…'),
  evictionMinimumReclaim: readBy(readMinimumReclaim)
    .default('')
    .describe('How much beyond a threshold is taken back once it was met: nodefs.available=500Mi,…'),
  evictionMaxPodGracePeriod: z.coerce
    .number()
    .int()
    .min(0)
    .max(86_400)
    .default(0)
    .describe('Most seconds that a pod gets to end which a soft threshold evicts'),
  evictionPressureTransitionPeriod: z
    .string()
    .refine((text) => (parseDuration(text) ?? -1) >= 0, 'must be a duration such as 5m or 30s')
    .default('5m')
    .describe('How long no threshold was met before the node says that the pressure is over'),
  systemReserved: readBy(readReserved)
    .default('')
    .describe('Kept from pods for the system: cpu=100m,memory=128Mi,ephemeral-storage=1Gi'),
  kubeReserved: readBy(readReserved)
    .default('cpu=100m,memory=128Mi,ephemeral-storage=512Mi')
    .describe('Kept from pods for the agent and the runtime, as systemReserved'),
};
