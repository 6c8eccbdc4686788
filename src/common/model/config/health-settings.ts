/** Settings of the health of devices: what the agent looks at, and what the master makes of it. */

import * as z from 'zod';
import { parseTaintPolicy, policyTaints } from '../node-conditions.ts';
import { path, seconds } from './fields.ts';

/** For agents. */
export const healthSettings = {
  healthRoot: path
    .default('/')
    .describe('The file system below which /sys, /proc and /run tell of the health of the device'),
  temperatureLimit: z.coerce
    .number()
    .min(30)
    .max(150)
    .optional()
    .describe(
      'Degrees Celsius from which the processor is too hot; when absent 80 on a Raspberry Pi, elsewhere where its kernel begins to slow it down',
    ),
  healthQuietPeriod: seconds
    .default(300)
    .describe('Seconds without heat or low voltage after which the condition goes, and BestEffort pods are free again'),
  bestEffortCPUPercent: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(20)
    .describe(
      'Share of the cores that BestEffort pods have together while the device is too hot or its voltage too low; 100: they are not slowed',
    ),
};

/** For masters. */
export const nodeTaintSettings = {
  nodeConditionTaints: z
    .string()
    .refine(
      (text) => parseTaintPolicy(text) !== undefined,
      `must be Condition=Effect,Condition=Effect with conditions of ${Object.keys(policyTaints).join(', ')} and effects of NoSchedule, PreferNoSchedule`,
    )
    .default('ThermalThrottling=PreferNoSchedule,UnderVoltage=PreferNoSchedule,ReadOnlyFilesystem=NoSchedule')
    .describe('Taints of nodes whose hardware is not well, by condition'),
};
