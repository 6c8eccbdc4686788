/**
 * The settings of each process, declared once: file, then `BRAMBLE_*` variables, then flags. All are flat, so that
 * each has one name in all three (`dataDir`, `BRAMBLE_DATA_DIR`, `--data-dir`).
 */

import * as z from 'zod';
import { parseQuantity } from '../lib/quantity.ts';

const port = z.coerce.number().int().min(0).max(65535);
const seconds = z.coerce.number().positive().max(86_400);
const flag = z.union([z.boolean(), z.stringbool()]);
const path = z.string().startsWith('/', 'must be an absolute path');
const logLevel = z.enum(['debug', 'info', 'warn', 'error']);
const natsUrl = z.string().regex(/^(nats|tls|ws|wss):\/\/\S+$/, 'must be a NATS address such as nats://127.0.0.1:4222');
const subnet = z.string().regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'must be an IPv4 subnet such as 10.85.0.0/16');
const interfaceName = z.string().regex(/^[a-z][a-z0-9-]{0,14}$/, 'must be an interface name of at most 15 characters');
const size = z.coerce
  .string()
  .refine((text) => (parseQuantity(text)?.nanos ?? -1n) > 0n, 'must be a number of bytes such as 512Mi or 4Gi');
const registryHost = /^[A-Za-z0-9.-]+(:\d{1,5})?$/;
const listed = (text: string): readonly string[] => text.split(',').filter((part) => part.trim() !== '');
const registryMirrors = z
  .string()
  .refine(
    (text) => listed(text).every((part) => /^\s*[A-Za-z0-9.:-]+=https?:\/\/[^\s/"]+(\/[^\s"]*)?\s*$/.test(part)),
    'must be host=address,host=address with http or https addresses, such as docker.io=http://10.0.0.5:5000',
  );
const hostList = z
  .string()
  .refine(
    (text) => listed(text).every((part) => registryHost.test(part.trim())),
    'must be registry hosts with commas between, such as 10.0.0.5:5000,registry.farm',
  );
const sysctlList = z
  .string()
  .refine(
    (text) => listed(text).every((part) => /^(kernel\.(shm|msg|sem)|fs\.mqueue\.|net\.)[\w.-]*\*?$/.test(part.trim())),
    'must be names of kernel parameters (or their beginnings with *) of the groups kernel.shm, kernel.msg, kernel.sem, fs.mqueue. and net., which are a pod’s own',
  );
const nodeName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a lower-case DNS name such as pi-7');

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
  logLevel: logLevel.default('info').describe('debug, info, warn or error'),
});
export type MasterSettings = Readonly<z.infer<typeof masterSettings>>;

/** Where images come from, for the containerd that an agent owns. */
const registrySettings = {
  registryMirrors: registryMirrors
    .default('')
    .describe('Mirrors, asked before the registry: docker.io=http://host:5000,…'),
  insecureRegistries: hostList.default('').describe('Registries over plain HTTP or with any certificate: host:port,…'),
  registryCA: path.optional().describe('Certificates (PEM) of the authority that mirrors and registries are signed by'),
};

/** Settings of `bramble agent`. */
export const agentSettings = z.strictObject({
  node: nodeName.optional().describe('Name of this node; the host name in lower case when absent'),
  server: natsUrl.default('nats://127.0.0.1:4222').describe('NATS server of the cluster'),
  creds: path.optional().describe('NATS credentials file'),
  dataDir: path.default('/var/lib/bramble/agent').describe('Volumes, logs and the checkpoint of the pods'),
  runDir: path.default('/run/bramble').describe('Sockets and state that a reboot may forget'),
  runtimeEndpoint: z
    .string()
    .regex(/^(unix:\/\/)?\/\S+$/, 'must be a unix socket such as unix:///run/containerd/containerd.sock')
    .default('unix:///run/containerd/containerd.sock')
    .describe('Socket of the CRI runtime'),
  ownRuntime: flag.default(false).describe('Start and own a containerd instead of using runtimeEndpoint'),
  podSubnet: subnet.default('10.85.0.0/16').describe('Pod addresses of the owned containerd'),
  podBridge: interfaceName.default('bramble0').describe('Bridge interface of the owned containerd'),
  staticPodPath: path.default('/etc/bramble/manifests').describe('Directory of manifests of static pods'),
  staticPodUrl: z
    .string()
    .regex(/^https?:\/\/\S+$/, 'must be an address such as https://host/pods.yaml')
    .optional()
    .describe('URL of a manifest of static pods'),
  staticPodUrlHeader: z.string().default('').describe('HTTP headers for staticPodUrl, as lines of NAME: VALUE'),
  nodeIP: z.string().optional().describe('Address of this node, where the default route does not tell it'),
  nodeLabels: z.string().default('').describe('Labels of the Node, as key=value,key=value'),
  cgroupRoot: path.default('/bramble').describe('Control group below which pods get theirs (in its child kubepods)'),
  cgroupsPerQos: flag.default(true).describe('Give pods control groups by class of service and pod'),
  podPidsLimit: z.coerce
    .number()
    .int()
    .min(-1)
    .default(4096)
    .describe('Most processes and threads of a pod; -1 for no limit of its own'),
  allowedUnsafeSysctls: sysctlList
    .default('')
    .describe('Kernel parameters that pods may set beside the safe ones: kernel.msg*,net.core.somaxconn'),
  maxPods: z.coerce.number().int().min(1).max(1000).default(110).describe('Most pods on this node'),
  maxParallelImagePulls: z.coerce.number().int().min(1).max(100).default(3).describe('Most image pulls at once'),
  maxImageBytes: size.default('4Gi').describe('Largest archive that bramble image load may send'),
  ...registrySettings,
  containerLogMaxSize: z
    .string()
    .regex(/^[1-9]\d{0,8}(Ki|Mi|Gi|k|M|G)$/, 'must be a size such as 10Mi')
    .default('10Mi')
    .describe("Size at which a container's log is rotated"),
  containerLogMaxFiles: z.coerce
    .number()
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe("Files of a container's log that are kept, the one that is written included"),
  logLevel: logLevel.default('info').describe('debug, info, warn or error'),
});
export type AgentSettings = Readonly<z.infer<typeof agentSettings>>;

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
  node: nodeName.optional().describe('Name of the node; the host name in lower case when absent'),
  detach: flag.default(false).describe('Go on in the background once the node is Ready'),
  purge: flag.default(false).describe('down only: remove the data too'),
  timeout: seconds.default(90).describe('Seconds to wait until the node is Ready, or until all has ended'),
  logLevel: logLevel.default('info').describe('debug, info, warn or error'),
});
export type UpSettings = Readonly<z.infer<typeof upSettings>>;
