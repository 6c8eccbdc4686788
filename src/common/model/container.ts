/** A container of a pod: image, command, environment, ports, resources and mounts. */
import * as z from 'zod';
import { envFromSourceSchema, envVarSchema } from './env.ts';
import { flag, int32, listOf, object, oneOf, text } from './fields.ts';
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
});
export type VolumeMount = z.infer<typeof volumeMountSchema>;

const resourcesSchema = object('ResourceRequirements', 'What a container is promised and what it may use.', {
  requests: resourceMap('What the scheduler sets aside; by default the limits.').optional(),
  limits: resourceMap('What the container may use at most.').optional(),
});
export type ResourceRequirements = z.infer<typeof resourcesSchema>;

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
  terminationMessagePath: z
    .literal('/dev/termination-log')
    .describe('File with the last words of the container. Only the default is accepted.')
    .optional(),
  terminationMessagePolicy: oneOf(['File'], 'Where last words come from. Only the default is accepted.').optional(),
});
export type Container = z.infer<typeof containerSchema>;
