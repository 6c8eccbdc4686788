/** The settings of the one-machine cluster. */

import * as z from 'zod';
import { deviceResourceSettings } from './device-resource-settings.ts';
import { flag, interfaceName, logLevel, nodeName, path, port, seconds, subnet } from './fields.ts';
import { logSettings } from './log-settings.ts';
import { registrySettings } from './registry-settings.ts';
import { schedulerSettings } from './scheduler-settings.ts';

/** Settings of `bramble up` and `bramble down`: the one-machine cluster. */
export const upSettings = z.strictObject({
  dataDir: path.default('/var/lib/bramble').describe('All data of the one-machine cluster'),
  runDir: path.default('/run/bramble').describe('Sockets and state that a reboot may forget'),
  natsPort: port.default(4222).describe('Port of the owned nats-server, on the loopback address only'),
  natsBinary: z.string().default('nats-server').describe('The nats-server program, a path or a name on PATH'),
  podSubnet: subnet.default('10.85.0.0/16').describe('Pod addresses'),
  podBridge: interfaceName.default('bramble0').describe('Bridge interface of the pods'),
  staticPodPath: path.default('/etc/bramble/manifests').describe('Directory of manifests of static pods'),
  ...registrySettings,
  ...deviceResourceSettings,
  ...schedulerSettings,
  ...logSettings,
  metricsPort: port
    .default(0)
    .describe("Port of the agent's pages for Prometheus, on the loopback address; 0: there are none"),
  masterMetricsPort: port.default(0).describe("Port of the master's pages for Prometheus; 0: there are none"),
  node: nodeName.optional().describe('Name of the node; the host name in lower case when absent'),
  detach: flag.default(false).describe('Go on in the background once the node is Ready'),
  purge: flag.default(false).describe('down only: remove the data too'),
  timeout: seconds.default(90).describe('Seconds to wait until the node is Ready, or until all has ended'),
  logLevel: logLevel.default('info').describe('debug, info, warn or error'),
});
export type UpSettings = Readonly<z.infer<typeof upSettings>>;
