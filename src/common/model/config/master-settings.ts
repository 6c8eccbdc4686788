/** The settings of the master: file, then `BRAMBLE_*` variables, then flags. All are flat, so that each has one name in all three. */

import * as z from 'zod';
import { logLevel, natsUrl, nodeName, path, port, seconds } from './fields.ts';
import { nodeTaintSettings } from './health-settings.ts';
import { metricsPageSettings } from './metrics-settings.ts';
import { schedulerSettings } from './scheduler-settings.ts';

/** Settings of `bramble master`. */
export const masterSettings = z.strictObject({
  name: nodeName.default('master').describe('Name of this master in logs and leases'),
  server: natsUrl.optional().describe('External NATS server; when absent the master starts and owns one'),
  creds: path.optional().describe('NATS credentials file for the external server'),
  natsPort: port.default(4222).describe('Port of the owned nats-server'),
  natsHost: z.string().default('127.0.0.1').describe('Address that the owned nats-server listens on'),
  natsBinary: z.string().default('nats-server').describe('The nats-server program, a path or a name on PATH'),
  dataDir: path.default('/var/lib/bramble/master').describe('Where the owned nats-server keeps its streams'),
  runDir: path.default('/run/bramble').describe('Where the address of the owned nats-server is written'),
  replicas: z.coerce
    .number()
    .int()
    .min(1)
    .max(5)
    .default(1)
    .describe('Copies of the store on an external NATS cluster'),
  nodeMonitorGracePeriod: seconds.default(50).describe('Seconds without a beat until a node is Unknown'),
  ...nodeTaintSettings,
  ...metricsPageSettings,
  ...schedulerSettings,
  logLevel: logLevel.default('info').describe('debug, info, warn or error'),
});
export type MasterSettings = Readonly<z.infer<typeof masterSettings>>;
