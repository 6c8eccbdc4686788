/** The desired state of a pod, and the template that controllers make pods from. */
import * as z from 'zod';
import { affinitySchema, topologySpreadConstraintSchema } from './affinity.ts';
import { containerSchema } from './container.ts';
import { flag, listOf, mapOf, object, oneOf, text } from './fields.ts';
import { templateMetaSchema } from './meta.ts';
import { hostAliasSchema, podDnsConfigSchema } from './pod-network.ts';
import { podSecurityContextSchema } from './security-context.ts';
import { volumeSchema } from './volume.ts';

const tolerationSchema = object('Toleration', 'A taint that the pod puts up with.', {
  key: text('Key of the taint; absent with Exists: every taint.').optional(),
  operator: oneOf(['Exists', 'Equal'], 'Whether only the key counts, or the value too.').default('Equal'),
  value: text('Value that the taint must have, with Equal.').optional(),
  effect: oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], 'Effect of the taint; absent: all.').optional(),
  tolerationSeconds: z.int().describe('Seconds that a NoExecute taint is put up with; absent: for ever.').optional(),
});
export type Toleration = z.infer<typeof tolerationSchema>;

export const podSpecSchema = object('PodSpec', 'What a pod runs, and how and where.', {
  containers: listOf(containerSchema, 'The containers; at least one.').min(1, 'must have at least one container'),
  initContainers: listOf(
    containerSchema,
    'Containers that run one after the other, each to its end or (restartPolicy Always) start, before the others.',
  ).optional(),
  volumes: listOf(volumeSchema, 'Volumes that containers may mount.').optional(),
  restartPolicy: oneOf(['Always', 'OnFailure', 'Never'], 'When an ended container is started again.').default('Always'),
  terminationGracePeriodSeconds: z.int().min(0).describe('Seconds between the polite signal and SIGKILL.').default(30),
  os: object('PodOS', 'Operating system of the containers.', {
    name: oneOf(['linux'], 'Its name; nodes are Linux.'),
  }).optional(),
  activeDeadlineSeconds: z.int().describe('Seconds after its start that the pod fails, if it still runs.').optional(),
  imagePullSecrets: listOf(
    object('LocalObjectReference', "An object in the pod's namespace.", { name: text('Name of the object.') }),
    'Secrets of type kubernetes.io/dockerconfigjson or dockercfg with passwords of registries.',
  ).optional(),
  readinessGates: listOf(
    object('PodReadinessGate', 'A condition of the pod that somebody else sets.', {
      conditionType: text('Type of the condition.'),
    }),
    'Conditions that must be True too for the pod to be ready.',
  ).optional(),
  nodeSelector: mapOf(z.string(), 'Labels that the node must have.').optional(),
  affinity: affinitySchema.optional(),
  topologySpreadConstraints: listOf(
    topologySpreadConstraintSchema,
    'How evenly the pod and others like it are spread; all must hold.',
  ).optional(),
  nodeName: text('Node that the pod is bound to; set by the scheduler unless given.').optional(),
  hostNetwork: flag("Use the node's network: its addresses and ports.").optional(),
  hostPID: flag("Use the node's process namespace.").optional(),
  hostIPC: flag("Use the node's IPC namespace.").optional(),
  shareProcessNamespace: flag("One process namespace for all the pod's containers.").optional(),
  hostname: text('Host name in the pod; the name of the pod when absent.').optional(),
  subdomain: text('Makes the full name <hostname>.<subdomain>.<namespace>.svc.<cluster domain>.').optional(),
  setHostnameAsFQDN: flag('The host name is the full name.').optional(),
  hostAliases: listOf(hostAliasSchema, 'Further lines of /etc/hosts.').optional(),
  securityContext: podSecurityContextSchema.default({}),
  dnsPolicy: oneOf(
    ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
    "Where names are resolved: with None as dnsConfig says; otherwise, as the cluster has no DNS of its own yet, by the node's resolver.",
  ).default('ClusterFirst'),
  dnsConfig: podDnsConfigSchema.optional(),
  schedulerName: z
    .string()
    .min(1)
    .max(253)
    .describe('Scheduler that places the pod: a profile of the master, or one of your own.')
    .default('default-scheduler'),
  enableServiceLinks: flag('Variables for services. Without effect: there are no services yet.').optional(),
  serviceAccountName: oneOf(['default'], 'Account of the pod. Only the default is accepted.').optional(),
  serviceAccount: oneOf(['default'], 'Old name of serviceAccountName.').optional(),
  automountServiceAccountToken: z.literal(false).describe('No token is mounted.').optional(),
  priorityClassName: text(
    'PriorityClass of the pod; absent: the one that is the global default, if there is.',
  ).optional(),
  priority: z
    .int()
    .min(-(2 ** 31))
    .max(2 ** 31 - 1)
    .describe("Priority: pods with more are placed first. Set from the pod's PriorityClass.")
    .optional(),
  preemptionPolicy: oneOf(
    ['PreemptLowerPriority', 'Never'],
    "Whether pods with a lower priority may be removed to make room. Set from the pod's PriorityClass.",
  ).optional(),
  schedulingGates: listOf(
    object('PodSchedulingGate', 'Something that the pod waits for before it is placed.', {
      name: text('Name of the gate.'),
    }),
    'The pod is placed only when all of these are removed; none can be added later.',
  ).optional(),
  tolerations: listOf(tolerationSchema, 'Taints that the pod puts up with.').optional(),
});
export type PodSpec = z.infer<typeof podSpecSchema>;

export const podTemplateSpecSchema = object('PodTemplateSpec', 'The pods that are made.', {
  metadata: templateMetaSchema.default({}),
  spec: podSpecSchema,
});
export type PodTemplateSpec = z.infer<typeof podTemplateSpecSchema>;
