/** The observed state of a pod and of its containers, as the agent reports it. */
import * as z from 'zod';
import { resourcesSchema } from './container.ts';
import { flag, int32, listOf, object, oneOf, text, time } from './fields.ts';
import { conditionSchema } from './meta.ts';
import { resourceMap } from './quantity-field.ts';

const containerStateSchema = object('ContainerState', 'What a container does now; one of the fields.', {
  waiting: object('ContainerStateWaiting', 'Not started yet.', {
    reason: text('Why, in one word, such as ContainerCreating or ImagePullBackOff.').optional(),
    message: text('Why, for people.').optional(),
  }).optional(),
  running: object('ContainerStateRunning', 'Running.', { startedAt: time('When it started.').optional() }).optional(),
  terminated: object('ContainerStateTerminated', 'Ended.', {
    exitCode: z.int().describe('Exit code of the process.'),
    signal: z.int().describe('Signal that ended it.').optional(),
    reason: text('Why, in one word, such as Completed, Error or OOMKilled.').optional(),
    message: text('Why, for people.').optional(),
    startedAt: time('When it started.').optional(),
    finishedAt: time('When it ended.').optional(),
    containerID: text("The runtime's id of the container.").optional(),
  }).optional(),
});
export type ContainerState = z.infer<typeof containerStateSchema>;

const containerStatusSchema = object('ContainerStatus', 'The observed state of one container.', {
  name: text('Name of the container.'),
  state: containerStateSchema.default({}),
  lastState: containerStateSchema.default({}),
  ready: flag('Whether it can do its work.'),
  started: flag('Whether it has started up.').optional(),
  restartCount: int32('How often it was started again.').default(0),
  image: text('Image that it runs.'),
  imageID: text('Digest of the image.').default(''),
  containerID: text("The runtime's id, as <runtime>://<id>.").optional(),
  allocatedResources: resourceMap('Requests that the node has granted.').optional(),
  resources: resourcesSchema.optional(),
});
export type ContainerStatus = z.infer<typeof containerStatusSchema>;

const addressSchema = (title: string) => object(title, 'An IP address.', { ip: text('The address.') });

const podPhases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

export const podStatusSchema = object('PodStatus', 'The observed state of a pod.', {
  phase: oneOf(podPhases, 'Where the pod is in its life.').default('Pending'),
  conditions: listOf(
    conditionSchema,
    'PodScheduled, Initialized, ContainersReady, Ready and others; readiness gates name theirs.',
  ).optional(),
  nominatedNodeName: text('Node where pods of lower priority are removed to make room for this one.').optional(),
  message: text('Why the pod is so, for people.').optional(),
  reason: text('Why the pod is so, in one word, such as Evicted.').optional(),
  hostIP: text('Address of the node.').optional(),
  hostIPs: listOf(addressSchema('HostIP'), 'All addresses of the node.').optional(),
  podIP: text('Address of the pod.').optional(),
  podIPs: listOf(addressSchema('PodIP'), 'All addresses of the pod.').optional(),
  startTime: time('When the agent took the pod on.').optional(),
  initContainerStatuses: listOf(containerStatusSchema, 'States of the init containers.').optional(),
  containerStatuses: listOf(containerStatusSchema, 'States of the containers.').optional(),
  qosClass: oneOf(['Guaranteed', 'Burstable', 'BestEffort'], 'Class that follows from requests and limits.').optional(),
  observedGeneration: z.int().min(0).describe('Generation that the agent has acted on.').optional(),
});
export type PodStatus = z.infer<typeof podStatusSchema>;
