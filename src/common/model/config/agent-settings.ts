/** The settings of an agent: file, then `BRAMBLE_*` variables, then flags. All are flat, so that each has one name in all three (`dataDir`, `BRAMBLE_DATA_DIR`, `--data-dir`). */

import * as z from 'zod';
import { deviceResourceSettings } from './device-resource-settings.ts';
import { evictionSettings } from './eviction-settings.ts';
import { flag, interfaceName, logLevel, natsUrl, nodeName, path, size, subnet, sysctlList } from './fields.ts';
import { gcSettings } from './gc-settings.ts';
import { healthSettings } from './health-settings.ts';
import { logSettings } from './log-settings.ts';
import { metricsPageSettings, metricsSendSettings } from './metrics-settings.ts';
import { registrySettings } from './registry-settings.ts';
import { shutdownSettings } from './shutdown-settings.ts';
import { usageSettings } from './usage-settings.ts';

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
  ...deviceResourceSettings,
  ...gcSettings,
  ...logSettings,
  ...metricsPageSettings,
  ...metricsSendSettings,
  ...usageSettings,
  ...evictionSettings,
  ...shutdownSettings,
  ...healthSettings,
  logLevel: logLevel.default('info').describe('debug, info, warn or error'),
});
export type AgentSettings = Readonly<z.infer<typeof agentSettings>>;
