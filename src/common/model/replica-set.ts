/** ReplicaSet (apps/v1): keeps a number of equal pods. */
import type { z } from 'zod';
import { int32, listOf, object } from './fields.ts';
import { conditionSchema, labelSelectorSchema, objectMetaSchema, typeMeta } from './meta.ts';
import { podTemplateSpecSchema } from './pod-spec.ts';

const replicaSetStatusSchema = object('ReplicaSetStatus', 'The observed state of a ReplicaSet.', {
  replicas: int32('Pods that exist.').default(0),
  fullyLabeledReplicas: int32("Pods with all the template's labels.").optional(),
  readyReplicas: int32('Pods that are ready.').optional(),
  availableReplicas: int32('Pods that have been ready for minReadySeconds.').optional(),
  observedGeneration: int32('Generation that the counts belong to.', 0, Number.MAX_SAFE_INTEGER).optional(),
  conditions: listOf(conditionSchema, 'ReplicaFailure when pods cannot be made or removed.').optional(),
});

export const replicaSetSchema = object('ReplicaSet', 'Keeps a number of equal pods.', {
  ...typeMeta('apps/v1', 'ReplicaSet'),
  metadata: objectMetaSchema,
  spec: object('ReplicaSetSpec', 'What a ReplicaSet keeps.', {
    replicas: int32('How many pods.').default(1),
    minReadySeconds: int32('Seconds that a new pod must be ready to count as available.').default(0),
    selector: labelSelectorSchema,
    template: podTemplateSpecSchema,
  }),
  status: replicaSetStatusSchema.optional(),
});
export type ReplicaSet = z.infer<typeof replicaSetSchema>;
