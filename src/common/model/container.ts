/** A container of a pod: image, command, environment, ports, resources and mounts. */
import * as z from 'zod';
import { envFromSourceSchema, envVarSchema } from './env.ts';
import { flag, int32, listOf, object, oneOf, text } from './fields.ts';
import { lifecycleSchema } from './lifecycle.ts';
import { probeSchema } from './probe.ts';
import { resourceMap } from './quantity-field.ts';
import { securityContextSchema } from './security-context.ts';

const containerPortSchema = object('ContainerPort', 'A port that the container listens on.', {
  name: text('Name of the port within the pod.').optional(),
  containerPort: int32('Port in the container.', 1, 65535),
  protocol: oneOf(['TCP', 'UDP', 'SCTP'], 'Protocol.').default('TCP'),
  hostPort: int32('Port of the node that leads here.', 1, 65535).optional(),
  hostIP: text('Address of the node that the host port is bound to.').optional(),
});
export type ContainerPort = z.infer<typeof containerPortSchema>;

const volumeMountSchema = object('VolumeMount', 'A place in the container where a volume appears.', {
  name: text('Name of one of the volumes of the pod.'),
  mountPath: text('Absolute path in the container; no colon.'),
  readOnly: flag('Mount read-only.').optional(),
  subPath: text("File or folder of the volume to mount instead of its root; relative, without '..'.").optional(),
  subPathExpr: text('Like subPath, with $(NAME) for variables of the container; not together with it.').optional(),
  mountPropagation: oneOf(
    ['None', 'HostToContainer', 'Bidirectional'],
    'Whether later mounts of the node are seen here, and those of here there (privileged only). Default: None.',
  ).optional(),
});
export type VolumeMount = z.infer<typeof volumeMountSchema>;

export const resourcesSchema = object('ResourceRequirements', 'What a container is promised and what it may use.', {
  requests: resourceMap('What the scheduler sets aside; by default the limits.').optional(),
  limits: resourceMap('What the container may use at most.').optional(),
});
export type ResourceRequirements = z.infer<typeof resourcesSchema>;

const resizePolicySchema = object('ContainerResizePolicy', 'What a change of a resource does to the container.', {
  resourceName: oneOf(['cpu', 'memory'], 'The resource.'),
  restartPolicy: oneOf(['NotRequired', 'RestartContainer'], 'Whether it is started again.').default('NotRequired'),
});
export type ContainerResizePolicy = z.infer<typeof resizePolicySchema>;

export const containerSchema = object('Container', 'One container of a pod.', {
  name: text('Name, unique within the pod (an RFC 1123 label).'),
  image: text('Image to run.'),
  imagePullPolicy: oneOf(
    ['Always', 'IfNotPresent', 'Never'],
    'When to pull the image. Default: Always for the tag latest or no tag, otherwise IfNotPresent.',
  ).optional(),
  command: listOf(z.string(), "Replaces the image's entry point; $(NAME) stands for a variable.").optional(),
  args: listOf(z.string(), "Arguments; replace the image's command.").optional(),
  workingDir: text('Folder that the process starts in.').optional(),
  env: listOf(envVarSchema, 'Environment variables, in order.').optional(),
  envFrom: listOf(
    envFromSourceSchema,
    'Sources of further variables; env goes before them, later ones before earlier.',
  ).optional(),
  ports: listOf(containerPortSchema, 'Ports that the container listens on.').optional(),
  resources: resourcesSchema.default({}),
  volumeMounts: listOf(volumeMountSchema, 'Volumes and where they appear.').optional(),
  securityContext: securityContextSchema.optional(),
  resizePolicy: listOf(
    resizePolicySchema,
    'What a change of cpu or memory through pods/resize does; a resource that is not named: NotRequired.',
  ).optional(),
  restartPolicy: oneOf(
    ['Always'],
    'Only for init containers: Always makes it a sidecar, which runs beside the containers that come after it.',
  ).optional(),
  livenessProbe: probeSchema
    .optional()
    .describe('Fails: the container is ended, and started again as restartPolicy says.'),
  readinessProbe: probeSchema.optional().describe('Fails: the container is not ready, and gets no requests.'),
  startupProbe: probeSchema.optional().describe('The other probes wait until it succeeds; fails: as livenessProbe.'),
  lifecycle: lifecycleSchema.optional(),
  terminationMessagePath: text('File in the container with its last words.').default('/dev/termination-log'),
  terminationMessagePolicy: oneOf(
    ['File', 'FallbackToLogsOnError'],
    'Where last words come from: the file, or the end of the log when that is empty and the container failed.',
  ).default('File'),
  stdin: flag('Keep an input open that attach can write to.').optional(),
  stdinOnce: flag('Close the input when the first that attached to it leaves.').optional(),
  tty: flag('Give the process a terminal; needs stdin to be of use.').optional(),
});
export type Container = z.infer<typeof containerSchema>;
