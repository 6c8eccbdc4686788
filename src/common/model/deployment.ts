/** Deployment (apps/v1): rolls out new versions of equal pods through ReplicaSets. */
import type * as z from 'zod';
import { flag, int32, intOrPercent, listOf, object, oneOf } from './fields.ts';
import { conditionSchema, labelSelectorSchema, objectMetaSchema, typeMeta } from './meta.ts';
import { podTemplateSpecSchema } from './pod-spec.ts';

const deploymentStrategySchema = object('DeploymentStrategy', 'How old pods are replaced by new ones.', {
  type: oneOf(['RollingUpdate', 'Recreate'], 'Step by step, or all at once.').default('RollingUpdate'),
  rollingUpdate: object('RollingUpdateDeployment', 'Limits of a rolling update; only for RollingUpdate.', {
    maxSurge: intOrPercent('Pods above the wanted number, as a number or percentage (rounded up).').default('25%'),
    maxUnavailable: intOrPercent('Pods that may be missing, as a number or percentage (rounded down).').default('25%'),
  }).optional(),
});
export type DeploymentStrategy = z.infer<typeof deploymentStrategySchema>;

const deploymentStatusSchema = object('DeploymentStatus', 'The observed state of a Deployment.', {
  observedGeneration: int32('Generation that the counts belong to.', 0, Number.MAX_SAFE_INTEGER).optional(),
  replicas: int32('Pods that exist.').optional(),
  updatedReplicas: int32('Pods of the newest template.').optional(),
  readyReplicas: int32('Pods that are ready.').optional(),
  availableReplicas: int32('Pods that have been ready for minReadySeconds.').optional(),
  unavailableReplicas: int32('Pods that are missing.').optional(),
  terminatingReplicas: int32('Pods that are ending.').optional(),
  collisionCount: int32('How often the name of a new ReplicaSet was taken.').optional(),
  conditions: listOf(conditionSchema, 'Available, Progressing and ReplicaFailure.').optional(),
});
export type DeploymentStatus = z.infer<typeof deploymentStatusSchema>;

export const deploymentSchema = object('Deployment', 'Rolls out new versions of equal pods, and back.', {
  ...typeMeta('apps/v1', 'Deployment'),
  metadata: objectMetaSchema,
  spec: object('DeploymentSpec', 'What a Deployment keeps, and how it changes.', {
    replicas: int32('How many pods.').default(1),
    selector: labelSelectorSchema,
    template: podTemplateSpecSchema,
    strategy: deploymentStrategySchema.default({ type: 'RollingUpdate' }),
    minReadySeconds: int32('Seconds that a new pod must be ready to count as available.').default(0),
    revisionHistoryLimit: int32('Old ReplicaSets that are kept to go back to.').default(10),
    progressDeadlineSeconds: int32('Seconds without progress after which the rollout counts as failed.').default(600),
    paused: flag('Changes of the template are not rolled out.').optional(),
  }),
  status: deploymentStatusSchema.optional(),
});
export type Deployment = z.infer<typeof deploymentSchema>;
