/** The settings of a simulated fleet. */

import * as z from 'zod';
import { logLevel, natsUrl } from './fields.ts';

const share = z.coerce.number().min(0).max(1);
const millis = z.coerce.number().min(0).max(3_600_000);
const seconds = z.coerce.number().min(0).max(86_400);
const count = z.coerce.number().int().min(1);

/** Settings of `bramble sim`. Times are means: what happens is drawn from the seed. */
export const simSettings = z.strictObject({
  devices: count.max(1_000_000).default(100).describe('Devices that are simulated; -n for short'),
  processes: count.max(64).default(2).describe('Processes that simulate them'),
  devicesPerSite: count.default(50).describe('Devices of one site, which share a zone and are cut off together'),
  server: natsUrl.optional().describe('NATS server of a running master; when absent a master is started, and ended'),
  natsBinary: z.string().default('nats-server').describe('The nats-server program of a master that is started'),
  seed: z.coerce
    .number()
    .int()
    .min(0)
    .max(4_294_967_295)
    .optional()
    .describe('Chance follows from it; drawn when absent'),
  startWithin: seconds.default(10).describe('Seconds over which the devices boot'),
  duration: seconds.default(0).describe('Seconds until the simulation ends; 0: when it is told to'),
  settle: seconds.default(60).describe('Longest time without faults, at the end, until the fleet runs what it shall'),
  loss: share.default(0).describe('Share of messages that get lost, 0 to 1'),
  delay: millis.default(0).describe('Milliseconds that a message is under way'),
  partitionEvery: seconds.default(0).describe('Seconds between two cuts of one site; 0: none'),
  partitionFor: seconds.default(30).describe('Seconds that a site is cut off'),
  crashEvery: seconds.default(0).describe('Seconds between two crashes of one agent; 0: none'),
  slow: share.default(0).describe('Share of devices whose runtime is slow, 0 to 1'),
  slowBy: z.coerce.number().min(1).max(1000).default(10).describe('How many times slower'),
  clockJumpEvery: seconds.default(0).describe("Seconds between two jumps of a device's wall clock; 0: none"),
  clockJumpBy: seconds.default(3600).describe('Seconds that it jumps at most, either way'),
  output: z.enum(['text', 'json']).default('text').describe('How progress and the end are told; -o for short'),
  logLevel: logLevel.default('warn').describe('debug, info, warn or error'),
});
export type SimSettings = Readonly<z.infer<typeof simSettings>>;
