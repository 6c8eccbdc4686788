/** Settings of where metrics go. */

import * as z from 'zod';
import { port } from './fields.ts';

/** Of the pages that Prometheus asks, which the agent and the master have each. */
export const metricsPageSettings = {
  metricsAddress: z.string().min(1).max(253).default('127.0.0.1').describe('Address of the pages for Prometheus'),
  metricsPort: port.default(0).describe('Port of the pages for Prometheus; 0: there are none'),
};

/** Of the device. */
export const metricsSendSettings = {
  metricsInterval: z.coerce
    .number()
    .min(0)
    .max(3600)
    .default(0)
    .describe('Seconds between the samples that are sent to NATS also while nobody asks for them; 0: none are'),
};
