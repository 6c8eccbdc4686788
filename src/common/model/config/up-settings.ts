/** The settings of the one-machine cluster: its own, and those that its agent and its master are handed. */

import * as z from 'zod';
import { agentSettings } from './agent-settings.ts';
import { flag, interfaceName, logLevel, nodeName, path, port, seconds, subnet } from './fields.ts';
import { masterSettings } from './master-settings.ts';
import { shutdownSettings } from './shutdown-settings.ts';

const ownSettings = {
  dataDir: path.default('/var/lib/bramble').describe('All data of the one-machine cluster'),
  runDir: path.default('/run/bramble').describe('Sockets and state that a reboot may forget'),
  natsPort: port.default(4222).describe('Port of the owned nats-server, on the loopback address only'),
  natsBinary: z.string().default('nats-server').describe('The nats-server program, a path or a name on PATH'),
  podSubnet: subnet.default('10.85.0.0/16').describe('Pod addresses'),
  podBridge: interfaceName.default('bramble0').describe('Bridge interface of the pods'),
  staticPodPath: path.default('/etc/bramble/manifests').describe('Directory of manifests of static pods'),
  masterMetricsPort: port.default(0).describe("Port of the master's pages for Prometheus; 0: there are none"),
  // Its agent gets it too; this process waits for it.
  shutdownGracePeriod: shutdownSettings.shutdownGracePeriod,
  node: nodeName.optional().describe('Name of the node; the host name in lower case when absent'),
  detach: flag.default(false).describe('Go on in the background once the node is Ready'),
  purge: flag.default(false).describe('down only: remove the data too'),
  timeout: seconds.default(90).describe('Seconds to wait until the node is Ready, or until all has ended'),
  logLevel: logLevel.default('info').describe('debug, info, warn or error'),
};

/** What this cluster decides itself, since both ends are its own. */
const decided = [
  ...Object.keys(ownSettings),
  ...['server', 'creds', 'name', 'natsHost', 'replicas', 'runtimeEndpoint', 'ownRuntime', 'cgroupRoot'],
];

const ofAgent = Object.entries(agentSettings.shape).filter(([name]) => !decided.includes(name));
/** A name that both have is the agent's. */
const ofMaster = Object.entries(masterSettings.shape).filter(
  ([name]) => !decided.includes(name) && !(name in agentSettings.shape),
);

/** Names of the settings that the agent gets as they are, where they are set. */
export const handedToAgent: readonly string[] = ofAgent.map(([name]) => name);
/** The same for the master. */
export const handedToMaster: readonly string[] = ofMaster.map(([name]) => name);

/** Without its default: that is up to the program that gets it. */
const handedOn = Object.fromEntries(
  [...ofAgent, ...ofMaster].map(([name, field]): [string, z.ZodType] => {
    const inner = field instanceof z.ZodDefault || field instanceof z.ZodOptional ? field.unwrap() : field;
    return [name, (inner as z.ZodType).optional().describe(field.description ?? '')];
  }),
);

/** Settings of `bramble up` and `bramble down`: the one-machine cluster. Those that are handed on are not in the type. */
export const upSettings = z.strictObject({ ...ownSettings, ...(handedOn as unknown as Record<never, never>) });
export type UpSettings = Readonly<z.infer<typeof upSettings>>;
